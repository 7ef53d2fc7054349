import { createInflate, inflateSync } from 'node:zlib'
import type { ByteFeed } from './byte-feed.ts'

/** Receives the pieces of something large, in order. */
export type Pieces = (piece: Buffer) => void

/** What comes of compressed bytes: `short` when they end too early, `malformed` when they are none or of another size. */
export type Inflated = Buffer | 'short' | 'malformed'

/** About a millisecond. Larger ones go through the thread pool, so that nothing else waits for them. */
const maxAtOnce = 256 * 1024

/**
 * Takes one zlib stream off a feed, to the byte, and gives what it holds, which must be exactly `size` bytes. Never makes
 * more than that, whatever the stream would make.
 *
 * With `pieces`, large content goes there as it comes, and an empty buffer is given instead.
 */
export function inflateEntry(feed: ByteFeed, size: number, pieces?: Pieces): Inflated | Promise<Inflated> {
  if (size > maxAtOnce || pieces !== undefined) return inPieces(feed, size, pieces)
  // Most entries are here completely: no promise for them, of which fifty thousand cost half a second.
  const here = feed.here()
  const inflated = tryInflate(feed, here, size)
  return inflated === 'short' ? whenMoreIsHere(feed, size, here.length) : inflated
}

/** What was tried in vain is tried again with twice as much, not with every piece. */
async function whenMoreIsHere(feed: ByteFeed, size: number, triedFirst: number): Promise<Inflated> {
  for (let tried = triedFirst; ; ) {
    const isMore = await feed.more()
    const here = feed.here()
    if (here.length > tried && (here.length >= tried * 2 || !isMore)) {
      const inflated = tryInflate(feed, here, size)
      if (inflated !== 'short') return inflated
      tried = here.length
    }
    if (!isMore) return 'short'
  }
}

interface Info {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

function tryInflate(feed: ByteFeed, bytes: Buffer, size: number): Inflated {
  try {
    const options = { info: true, maxOutputLength: size + 1, chunkSize: Math.max(size + 1, 64) } as const
    const { buffer, engine } = inflateSync(bytes, options) as unknown as Info
    if (buffer.length !== size) return 'malformed'
    feed.take(engine.bytesWritten)
    return buffer
  } catch (thrown) {
    return (thrown as { code?: unknown }).code === 'Z_BUF_ERROR' ? 'short' : 'malformed'
  }
}

async function inPieces(feed: ByteFeed, size: number, pieces: Pieces | undefined): Promise<Inflated> {
  const kept: Buffer[] = []
  const stream = stoppableInflate(size, pieces ?? ((piece) => kept.push(piece)))
  try {
    for (let taken = 0; ; ) {
      const chunk = feed.here()
      // A stream never ends with the last byte there is: the checksum of the pack follows.
      const how = chunk.length === 0 ? 'written' : await stream.write(chunk)
      if (how === 'ended') {
        feed.take(stream.consumed() - taken)
        return stream.made() === size ? Buffer.concat(kept) : 'malformed'
      }
      if (how === 'malformed') return 'malformed'
      taken += chunk.length
      feed.take(chunk.length)
      if (!(await feed.more())) return 'short'
    }
  } finally {
    stream.close()
  }
}

type WriteOutcome = 'written' | 'ended' | 'malformed'

/** Inflates in the thread pool, and stops as soon as there is more than announced. */
function stoppableInflate(size: number, pieces: Pieces) {
  const inflate = createInflate({ chunkSize: 64 * 1024 })
  const stopped = Promise.withResolvers<WriteOutcome>()
  let made = 0
  inflate.on('data', (piece: Buffer) => {
    made += piece.length
    if (made <= size) pieces(piece)
    else stopped.resolve('malformed')
  })
  inflate.on('end', () => stopped.resolve('ended')).on('error', () => stopped.resolve('malformed'))
  return {
    write: (chunk: Buffer): Promise<WriteOutcome> =>
      Promise.race([
        stopped.promise,
        new Promise<WriteOutcome>((resolve) => {
          inflate.write(chunk, (error) => resolve(error ? 'malformed' : 'written'))
        }),
      ]),
    consumed: () => inflate.bytesWritten,
    made: () => made,
    close: () => inflate.destroy(),
  }
}
