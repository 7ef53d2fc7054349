import type { InventoryEntry, ResourceKey } from '@mooring/core'
import { type ChunkWriting, readChunk, writeChunk } from './chunks.ts'
import type { HeadDocument, InventoryChunk, RecentEntries } from './head-document.ts'
import { inParallel } from './in-parallel.ts'
import { withRecent } from './merge-recent.ts'
import { split } from './split.ts'
import type { StoreParts } from './store-parts.ts'

/** What a state says of its inventory. */
export type StoredInventory = Pick<HeadDocument, 'chunks' | 'recent'>

/**
 * The inventory with everything recent moved to chunks. Only chunks that it concerns are read and written; all of them
 * where removals have left more than twice as many as are needed.
 */
export async function foldInventory(
  parts: StoreParts,
  { chunks, recent }: StoredInventory,
  writing: ChunkWriting,
  signal: AbortSignal,
): Promise<StoredInventory> {
  const groups = isSparse(chunks, parts.limits.chunk) ? [{ chunks, recent }] : groupsOf(chunks, recent)
  const folded = await inParallel(groups, foldsAtOnce, async (group) => {
    if (group.recent.set.length + group.recent.removed.length === 0) return group.chunks
    const read = (chunk: InventoryChunk) => readChunk<InventoryEntry>(parts, writing.segment, chunk, signal)
    const entries = (await inParallel(group.chunks, readsAtOnce, read)).flat()
    const pieces = split(withRecent(entries, group.recent), parts.limits.chunk)
    return inParallel(pieces, readsAtOnce, async ({ items, size }) => ({
      ...(await writeChunk(parts, writing, items, signal)),
      from: items[0]?.key ?? '',
      size,
    }))
  })
  return { chunks: folded.flat(), recent: { set: [], removed: [] } }
}

const foldsAtOnce = 4
/** How many Secrets are read at once for one call. */
export const readsAtOnce = 8

function isSparse(chunks: readonly InventoryChunk[], limit: number): boolean {
  const total = chunks.reduce((sum, { size }) => sum + size, 0)
  return chunks.length > 2 * Math.ceil(total / limit) + 2
}

/** Each chunk with what is recent in its range. */
function groupsOf(
  chunks: readonly InventoryChunk[],
  { set, removed }: RecentEntries,
): readonly { readonly chunks: readonly InventoryChunk[]; readonly recent: RecentEntries }[] {
  const first = { chunks: chunks.slice(0, 1), recent: { set: [], removed: [] } as Changing }
  const rest = chunks.slice(1).map((chunk) => ({
    chunks: [chunk],
    recent: { set: [], removed: [] } as Changing,
  }))
  const groups = [first, ...rest]
  const groupOf = (key: ResourceKey): Changing => (groups[placeOf(chunks, key)] ?? first).recent
  for (const entry of set) groupOf(entry.key).set.push(entry)
  for (const key of removed) groupOf(key).removed.push(key)
  return groups
}

interface Changing {
  readonly set: InventoryEntry[]
  readonly removed: ResourceKey[]
}

/** Which chunk a key belongs to: the last that begins at it or before; the first for what comes before all. */
function placeOf(chunks: readonly InventoryChunk[], key: ResourceKey): number {
  let low = 0
  let high = chunks.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((chunks[middle]?.from ?? '') <= key) low = middle
    else high = middle
  }
  return low
}
