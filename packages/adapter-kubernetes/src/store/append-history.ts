import type { HistoryEntry } from '@mooring/core'
import { type ChunkWriting, writeChunk } from './chunks.ts'
import type { HeadDocument, HistoryChunk } from './head-document.ts'
import { inParallel } from './in-parallel.ts'
import { split } from './split.ts'
import type { StoreParts } from './store-parts.ts'

/** What a state says of its history. */
export type StoredHistory = Pick<HeadDocument, 'historyChunks' | 'recentHistory' | 'nextNumber'>

/**
 * The history with more entries, the newest last. What the head has no room for moves to chunks, oldest first; chunks
 * that nobody needs to have so many entries are left out.
 */
export async function appendHistory(
  parts: StoreParts,
  before: StoredHistory,
  entries: readonly HistoryEntry[],
  writing: ChunkWriting,
  signal: AbortSignal,
): Promise<StoredHistory> {
  const { limits, historyEntries } = parts
  const nextNumber = before.nextNumber + entries.length
  const recentHistory = [...before.recentHistory, ...entries].slice(-historyEntries)
  const first = nextNumber - recentHistory.length
  if (JSON.stringify(recentHistory).length <= limits.headHistory) {
    const historyChunks = needed(before.historyChunks, recentHistory.length, historyEntries)
    return { historyChunks, recentHistory, nextNumber }
  }
  const pieces = numbered(split(recentHistory, limits.chunk), first)
  const written = await inParallel(pieces, 4, async (piece) => ({
    ...(await writeChunk(parts, writing, piece.items, signal)),
    first: piece.first,
  }))
  const historyChunks = needed([...before.historyChunks, ...written], 0, historyEntries)
  return { historyChunks, recentHistory: [], nextNumber }
}

function numbered<Item>(pieces: readonly { readonly items: readonly Item[] }[], first: number) {
  let next = first
  return pieces.map(({ items }) => {
    const numberedPiece = { items, first: next }
    next += items.length
    return numberedPiece
  })
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
