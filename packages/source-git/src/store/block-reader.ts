import type { FileHandle } from 'node:fs/promises'

/** Reads a file in blocks, so that many small pieces next to each other cost one read. */
export type BlockReader = (at: number, length: number) => Promise<Buffer | undefined>

const blockBytes = 256 * 1024
const maxBlocks = 16

/**
 * Reads from a file that does not change any more. Gives a view of a whole block, not to be changed nor kept for long, or
 * undefined where the file is shorter. Keeps 4 MiB.
 */
export function blockReader(handle: FileHandle): BlockReader {
  const blocks = new Map<number, Promise<Buffer>>()

  const blockAt = (index: number): Promise<Buffer> => {
    const known = blocks.get(index)
    if (known !== undefined) return known
    const block = readUpTo(handle, index * blockBytes, blockBytes)
    blocks.set(index, block)
    // What failed is tried again by the next one who asks.
    block.catch(() => blocks.delete(index))
    for (const oldest of blocks.size > maxBlocks ? [...blocks.keys()].slice(0, 1) : []) blocks.delete(oldest)
    return block
  }

  return async (at, length) => {
    if (length > blockBytes) {
      const content = await readUpTo(handle, at, length)
      return content.length === length ? content : undefined
    }
    const first = Math.floor(at / blockBytes)
    const start = at - first * blockBytes
    const block = await blockAt(first)
    if (start + length <= blockBytes) {
      return block.length < start + length ? undefined : block.subarray(start, start + length)
    }
    const next = await blockAt(first + 1)
    const content = Buffer.concat([block.subarray(start), next.subarray(0, start + length - blockBytes)])
    return content.length === length ? content : undefined
  }
}

/** The bytes of a file from a place on, fewer where it ends before. */
export async function readUpTo(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const content = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(content, done, length - done, at + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return content.subarray(0, done)
}
