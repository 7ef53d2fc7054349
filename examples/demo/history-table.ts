import { describeCounts, type HistoryEntry } from '@mooring/core'

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
  const widths = columns.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const heading = line(columns)
  return [colour ? `\u001b[2m${heading}\u001b[0m` : heading, ...rows.map(line)].join('\n')
}

const columns = ['time', 'who', 'why', 'message', 'what', 'outcome']
