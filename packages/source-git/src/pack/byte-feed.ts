import { createHash } from 'node:crypto'

/** Bytes that arrive in pieces, to be looked at before they are taken. Holds what was not taken, and about
 * 256 KiB. */
export interface ByteFeed {
  /** What has arrived and was not taken: a view, good until the next call of `more`. */
  readonly here: () => Buffer
  /** Waits for another piece. False: that was all. */
  readonly more: () => Promise<boolean>
  /** Goes on behind the first bytes of `here`. */
  readonly take: (bytes: number) => void
  /** How many bytes were taken. */
  readonly taken: () => number
  /** Digest of everything that was taken up to the first time it is asked for, as hexadecimal digits. */
  readonly digest: () => string
  /** Lets go of the stream, read to its end or not. */
  readonly close: () => Promise<void>
}

const pieceBytes = 256 * 1024

/** Cuts a stream into what its reader asks for. */
export function byteFeed(chunks: AsyncIterable<Uint8Array>, algorithm: string): ByteFeed {
  const iterator = chunks[Symbol.asyncIterator]()
  const hash = createHash(algorithm)
  let piece: Buffer = Buffer.alloc(0)
  let at = 0
  let before = 0
  let digest: string | undefined

  /** Servers send pieces of 8 kB. What stands across two of them is tried in vain, so there should be few. */
  const gather = async (): Promise<Buffer[]> => {
    const fresh: Buffer[] = []
    for (let bytes = 0; bytes < pieceBytes; ) {
      const next = await iterator.next()
      if (next.done === true) break
      const { buffer, byteOffset, byteLength } = next.value
      fresh.push(Buffer.from(buffer, byteOffset, byteLength))
      bytes += byteLength
    }
    return fresh
  }

  return {
    here: () => piece.subarray(at),
    more: async () => {
      const fresh = await gather()
      if (fresh.length === 0) return false
      if (digest === undefined) hash.update(piece.subarray(0, at))
      before += at
      piece = Buffer.concat([piece.subarray(at), ...fresh])
      at = 0
      return true
    },
    take: (bytes) => {
      at += bytes
    },
    taken: () => before + at,
    digest: () => {
      digest ??= hash.update(piece.subarray(0, at)).digest('hex')
      return digest
    },
    close: async () => void (await iterator.return?.()),
  }
}
