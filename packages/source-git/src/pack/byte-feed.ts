import { createHash } from 'node:crypto'

/** Bytes that arrive in pieces, to be looked at before they are taken. Holds what was not taken, and one piece. */
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

/** Cuts a stream into what its reader asks for. */
export function byteFeed(chunks: AsyncIterable<Uint8Array>, algorithm: string): ByteFeed {
  const iterator = chunks[Symbol.asyncIterator]()
  const hash = createHash(algorithm)
  let piece: Buffer = Buffer.alloc(0)
  let at = 0
  let before = 0
  let digest: string | undefined

  return {
    here: () => piece.subarray(at),
    more: async () => {
      const next = await iterator.next()
      if (next.done === true) return false
      if (digest === undefined) hash.update(piece.subarray(0, at))
      before += at
      const { buffer, byteOffset, byteLength } = next.value
      const fresh = Buffer.from(buffer, byteOffset, byteLength)
      piece = at === piece.length ? fresh : Buffer.concat([piece.subarray(at), fresh])
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
