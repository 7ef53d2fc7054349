import type { HistoryEntry, Store } from '@mooring/core'
import { readChunk } from './chunks.ts'
import type { HeadDocument } from './head-document.ts'
import { followHead } from './heads.ts'
import { historyPlaceUnknown } from './store-errors.ts'
import type { StoreParts } from './store-parts.ts'

/** Which entries are asked for. */
export type HistoryAsked = Omit<Parameters<Store['history']>[1], 'signal'>

/** What a store gives of a history. */
export type RecordedHistory = Awaited<ReturnType<Store['history']>>

/**
 * The newest entries before a place, newest first. An entry's place is its number: it only grows, and stays when older
 * entries go. Reads no more chunks than it takes to find them.
 */
export async function readHistory(
  parts: StoreParts,
  application: string,
  { limit, before }: HistoryAsked,
  signal: AbortSignal,
): Promise<RecordedHistory> {
  const end = before === undefined ? Number.POSITIVE_INFINITY : numberOf(application, before)
  return followHead(parts, application, signal, async (head) => {
    const found: RecordedHistory[number][] = []
    for (const { first, read } of head?.document === undefined ? [] : rangesOf(head.document)) {
      if (found.length >= limit) break
      if (first >= end) continue
      const entries = await read((chunk) =>
        readChunk<HistoryEntry>(parts, head?.segment ?? '', chunk, signal),
      )
      const numbered = entries.map((entry, at) => ({ ...entry, place: String(first + at) }))
      const wanted = numbered.slice(0, Math.max(0, end - first)).reverse()
      found.push(...wanted.slice(0, limit - found.length))
    }
    return found
  })
}

type ReadChunk = (chunk: HeadDocument['historyChunks'][number]) => Promise<readonly HistoryEntry[]>

interface Range {
  readonly first: number
  readonly read: (readChunk: ReadChunk) => Promise<readonly HistoryEntry[]>
}

/** Newest first. */
const rangesOf = ({ recentHistory, nextNumber, historyChunks }: HeadDocument): readonly Range[] => [
  { first: nextNumber - recentHistory.length, read: async () => recentHistory },
  ...historyChunks.toReversed().map((chunk) => ({
    first: chunk.first,
    read: (readChunk: ReadChunk) => readChunk(chunk),
  })),
]

function numberOf(application: string, place: string): number {
  if (/^[1-9]\d{0,15}$/.test(place)) return Number(place)
  throw historyPlaceUnknown(application, place)
}
