import type { HistoryEntry } from '@mooring/core'
import { readChunk } from './chunks.ts'
import { followHead } from './heads.ts'
import type { StoreParts } from './store-parts.ts'

/** Which entries are asked for. */
export interface HistoryAsked {
  readonly limit: number
  readonly before?: number
}

/** The newest entries, newest first. Reads no more chunks than it takes to find them. */
export const readHistory = (
  parts: StoreParts,
  application: string,
  { limit, before = Number.POSITIVE_INFINITY }: HistoryAsked,
  signal: AbortSignal,
): Promise<readonly HistoryEntry[]> =>
  followHead(parts, application, signal, async (head) => {
    const found: HistoryEntry[] = []
    if (head?.document === undefined) return found
    const { recentHistory, historyChunks } = head.document
    const take = (oldestFirst: readonly HistoryEntry[]): void => {
      for (const entry of oldestFirst.toReversed()) {
        if (found.length < limit && entry.at < before) found.push(entry)
      }
    }
    take(recentHistory)
    for (const chunk of historyChunks.toReversed()) {
      if (found.length >= limit) break
      if (chunk.since < before) take(await readChunk<HistoryEntry>(parts, head.segment, chunk, signal))
    }
    return found
  })
