import { MooringError } from '@mooring/core'

/**
 * One packet of Git's wire format (gitprotocol-common(5), gitprotocol-v2(5)). A flush ends a message, a delimiter a section
 * of one; `end` ends an answer where the connection does not.
 */
export type Packet =
  | { readonly kind: 'flush' | 'delimiter' | 'end' }
  | { readonly kind: 'data'; readonly bytes: Buffer }

/** By the length they announce, which no data can have. */
const marks: readonly Packet[] = [{ kind: 'flush' }, { kind: 'delimiter' }, { kind: 'end' }]
const utf8 = new TextDecoder()

/**
 * Cuts a stream of bytes into packets, holding one packet at most. `from` is whose answer it is, for messages.
 *
 * Throws `GIT_PROTOCOL_ERROR` for what is no packet and `REPOSITORY_CORRUPT` for a stream that ends inside one.
 */
export async function* readPackets(body: AsyncIterable<Uint8Array>, from: string): AsyncGenerator<Packet> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of body) {
    const { buffer, byteOffset, byteLength } = chunk
    rest = rest.length === 0 ? Buffer.from(buffer, byteOffset, byteLength) : Buffer.concat([rest, chunk])
    while (rest.length >= 4) {
      const length = lengthOf(rest, from)
      if (rest.length < length) break
      yield marks[length] ?? { kind: 'data', bytes: rest.subarray(4, length) }
      rest = rest.subarray(Math.max(length, 4))
    }
  }
  if (rest.length > 0) throw cutShort(from)
}

function lengthOf(bytes: Buffer, from: string): number {
  const digits = bytes.toString('latin1', 0, 4)
  const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : -1
  if (length >= 0 && length !== 3) return length
  throw notGit(from, 'something else')
}

/** A line as text, without the line break at its end. */
export const textOf = (bytes: Uint8Array): string => utf8.decode(bytes).replace(/\n$/, '')

/** One line to send, with its length in front. */
export const packet = (line: string): string =>
  (Buffer.byteLength(line) + 4).toString(16).padStart(4, '0') + line

/** Ends a message. */
export const flushPacket = '0000'

/** Ends a section of a message. */
export const delimiterPacket = '0001'

/** The error of an answer in another language than Git's. */
export const notGit = (from: string, found: string): MooringError =>
  new MooringError({
    code: 'GIT_PROTOCOL_ERROR',
    kind: 'permanent',
    message: `Expected ${from} to speak Git's smart HTTP protocol, found ${found}`,
    hint: 'See whether this is the address that `git clone` takes, and whether a proxy or a sign-in page stands before it.',
  })

/** The error of an answer that ends in the middle. */
export const cutShort = (from: string): MooringError =>
  new MooringError({
    code: 'REPOSITORY_CORRUPT',
    kind: 'transient',
    message: `Expected a complete answer from ${from}, found one that ends in the middle`,
    hint: 'It is asked again. If this stays, a proxy may be cutting long answers.',
  })
