import { describeCounts, type HistoryEntry } from '@mooring/core'
import { table } from './table.ts'

/** History for people, oldest first: when, who, why, what, and how it ended. */
export function historyTable(history: readonly HistoryEntry[], colour: boolean): string {
  const rows = history
    .toReversed()
    .map((entry) => [
      new Date(entry.at).toISOString().slice(11, 19),
      entry.actor.replace(/ <.*>$/, ''),
      entry.cause,
      entry.message ?? '',
      describeCounts(entry.counts),
      entry.outcome,
    ])
  return table(['time', 'who', 'why', 'message', 'what', 'outcome'], rows, colour)
}
