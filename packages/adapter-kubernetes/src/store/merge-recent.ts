import type { InventoryEntry, ResourceKey, StateDelta } from '@mooring/core'
import type { RecentEntries } from './head-document.ts'

/** The entries of a head after a delta: removals first, then what is set. Of several with one key the last counts. */
export function mergeRecent(
  { set, removed }: RecentEntries,
  delta: Pick<StateDelta, 'set' | 'remove'>,
  hasChunks: boolean,
): RecentEntries {
  const entries = new Map<ResourceKey, InventoryEntry>(set.map((entry) => [entry.key, entry]))
  const gone = new Set(removed)
  for (const key of delta.remove) {
    entries.delete(key)
    if (hasChunks) gone.add(key)
  }
  for (const entry of delta.set) {
    entries.set(entry.key, entry)
    gone.delete(entry.key)
  }
  return { set: [...entries.values()], removed: [...gone] }
}

/** Entries, and what was set and removed since, in order of their keys. */
export function withRecent(
  entries: readonly InventoryEntry[],
  { set, removed }: RecentEntries,
): readonly InventoryEntry[] {
  const merged = new Map<ResourceKey, InventoryEntry>(entries.map((entry) => [entry.key, entry]))
  for (const key of removed) merged.delete(key)
  for (const entry of set) merged.set(entry.key, entry)
  return [...merged.values()].sort((one, other) => (one.key < other.key ? -1 : 1))
}
