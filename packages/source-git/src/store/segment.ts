import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import type { GitObject } from '../objects/git-object.ts'
import type { ObjectType } from '../pack/object-format.ts'
import type { Added, PackSink } from '../pack/read-pack.ts'
import { blockReader, readUpTo } from './block-reader.ts'
import type { ContentCache } from './content-cache.ts'

/** Objects that came together, in one file that never changes. */
export interface Segment {
  readonly has: (id: string) => boolean
  /** Bytes of a blob that was too large to be kept. */
  readonly tooLarge: (id: string) => number | undefined
  /**
   * What the file holds now, which may have been spoilt since. Undefined when it does not hold so much. The content is a view
   * of more: whoever keeps it copies it.
   */
  readonly read: (id: string) => Promise<GitObject | undefined>
  readonly bytes: () => number
  readonly close: () => Promise<void>
}

/** A segment that is being written. Nobody but its writer sees it. */
export interface SegmentDraft extends PackSink, Pick<Segment, 'read' | 'tooLarge'> {
  readonly isEmpty: () => boolean
  /** Brings the file to its place, complete. */
  readonly publish: (file: string) => Promise<Segment>
  readonly discard: () => Promise<void>
}

interface Place {
  readonly type: ObjectType
  readonly at: number
  readonly length: number
}

/** What is written at once. */
const blockBytes = 1024 * 1024

/** Begins a segment in a file of its own. Folders, commits and what fits are also put into the cache. */
export async function draftSegment(file: string, cache: ContentCache): Promise<SegmentDraft> {
  const handle = await open(file, 'wx+', 0o600)
  const places = new Map<string, Place>()
  const large = new Map<string, number>()
  const block = blockWriter(handle)
  const segment = readSegment(handle, places, large, block.end)
  const read = async (id: string): Promise<GitObject | undefined> => {
    if (!places.has(id)) return undefined
    const cached = cache.get(id)
    if (cached !== undefined) return cached
    const place = places.get(id)
    if (place === undefined) return undefined
    await block.flush()
    // Not by blocks: they would be read before they are complete.
    const content = await readUpTo(handle, place.at, place.length)
    return content.length === place.length ? { type: place.type, content } : undefined
  }

  return {
    tooLarge: segment.tooLarge,
    has: (id) => places.has(id),
    isEmpty: () => places.size === 0 && large.size === 0,
    read,
    add: (id, type, content) => {
      if (places.has(id)) return undefined
      cache.put(id, { type, content })
      places.set(id, { type, at: block.end(), length: content.byteLength })
      return block.write(content)
    },
    note: (id, _type, bytes) => {
      large.set(id, bytes)
    },
    get: (id) => {
      const cached = places.has(id) ? cache.get(id) : undefined
      if (cached !== undefined) return added(cached)
      return read(id).then((found) => {
        if (found === undefined) throw new Error(`Expected object ${id} in a file just written, found less`)
        return added(found)
      })
    },
    publish: async (to) => {
      await block.flush()
      await rename(file, to)
      return segment
    },
    discard: async () => {
      await block.settled()
      await handle.close()
      await rm(file, { force: true })
    },
  }
}

const added = ({ type, content: { buffer, byteOffset, byteLength } }: GitObject): Added => ({
  type,
  content: Buffer.from(buffer, byteOffset, byteLength),
})

/** Gathers what is written into blocks, and writes one after the other. */
function blockWriter(handle: FileHandle) {
  let parts: Uint8Array[] = []
  let bytes = 0
  let end = 0
  let last: Promise<void> = Promise.resolve()

  const flush = (): Promise<void> => {
    if (parts.length === 0) return last
    const block = Buffer.concat(parts, bytes)
    const at = end - bytes
    parts = []
    bytes = 0
    last = last.then(() => writeAll(handle, block, at))
    return last
  }

  return {
    end: () => end,
    flush,
    settled: () => last.catch(() => undefined),
    write: (part: Uint8Array): Promise<void> | undefined => {
      parts.push(part)
      bytes += part.byteLength
      end += part.byteLength
      return bytes < blockBytes ? undefined : flush()
    },
  }
}

async function writeAll(handle: FileHandle, block: Buffer, at: number): Promise<void> {
  for (let done = 0; done < block.length; ) {
    done += (await handle.write(block, done, block.length - done, at + done)).bytesWritten
  }
}

function readSegment(
  handle: FileHandle,
  places: ReadonlyMap<string, Place>,
  large: ReadonlyMap<string, number>,
  bytes: () => number,
): Segment {
  const readBlock = blockReader(handle)
  return {
    has: (id) => places.has(id),
    tooLarge: (id) => large.get(id),
    bytes,
    read: async (id) => {
      const place = places.get(id)
      if (place === undefined) return undefined
      const content = await readBlock(place.at, place.length)
      return content && { type: place.type, content }
    },
    close: () => handle.close(),
  }
}
