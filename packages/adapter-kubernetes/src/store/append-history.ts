import type { HistoryEntry } from '@mooring/core'
import { type ChunkWriting, writeChunk } from './chunks.ts'
import type { HeadDocument, HistoryChunk } from './head-document.ts'
import { inParallel } from './in-parallel.ts'
import { split } from './split.ts'
import type { StoreParts } from './store-parts.ts'

/** What a state says of its history. */
export type StoredHistory = Pick<HeadDocument, 'historyChunks' | 'recentHistory'>

/**
 * The history with more entries, the newest last. What the head has no room for moves to chunks, oldest first; chunks
 * that nobody needs to have so many entries are left out.
 */
export async function appendHistory(
  parts: StoreParts,
  { historyChunks, recentHistory }: StoredHistory,
  entries: readonly HistoryEntry[],
  writing: ChunkWriting,
  signal: AbortSignal,
): Promise<StoredHistory> {
  const { limits, historyEntries } = parts
  const recent = [...recentHistory, ...entries].slice(-historyEntries)
  if (JSON.stringify(recent).length <= limits.headHistory) {
    return { historyChunks: needed(historyChunks, recent.length, historyEntries), recentHistory: recent }
  }
  const written = await inParallel(split(recent, limits.chunk), 4, async ({ items }) => ({
    ...(await writeChunk(parts, writing, items, signal)),
    since: items.reduce((since, { at }) => Math.min(since, at), Number.POSITIVE_INFINITY),
  }))
  return { historyChunks: needed([...historyChunks, ...written], 0, historyEntries), recentHistory: [] }
}

/** The newest chunks that are needed to have so many entries together with the recent ones. */
function needed(chunks: readonly HistoryChunk[], recent: number, wanted: number): readonly HistoryChunk[] {
  let have = recent
  let first = chunks.length
  while (first > 0 && have < wanted) {
    first--
    have += chunks[first]?.count ?? 0
  }
  return chunks.slice(first)
}
