import type { HistoryEntry } from '@mooring/core'
import { type ApplicationRow, readApplication } from './application-row.ts'
import { checksum } from './checksum.ts'
import { columnsOf } from './columns.ts'
import type { Tables } from './tables.ts'

/** How much history is kept of each application. */
export interface Retention {
  readonly entries: number
  /** Before the newest entry. */
  readonly days: number
}

/** The numbers that an application's history has, from first to before next. */
export interface HistoryRange {
  readonly historyFirst: number
  readonly historyNext: number
}

/** The newest entries, newest first, each checked and none left out. */
export function readHistory(
  tables: Tables,
  application: string,
  limit: number,
  before: number = Number.POSITIVE_INFINITY,
): readonly HistoryEntry[] {
  const row = readApplication(tables, application)
  if (row === undefined) return []
  const entries: HistoryEntry[] = []
  let number = row.historyNext
  for (const found of newestFirst(tables, row)) {
    if (entries.length >= limit) return entries
    number--
    const entry = entryIn(tables, row, found, number)
    if (entry.at < before) entries.push(entry)
  }
  if (number !== row.historyFirst)
    throw tables.damaged(`the history of application ${application} is not complete`)
  return entries
}

const newestFirst = ({ statement }: Tables, { id }: ApplicationRow) =>
  statement('SELECT number, value, checksum FROM history WHERE application = ? ORDER BY number DESC').iterate(
    id,
  )

function entryIn(
  tables: Tables,
  { id, name }: ApplicationRow,
  found: Readonly<Record<string, unknown>>,
  expected: number,
): HistoryEntry {
  const { text, whole } = columnsOf(tables, found, `the history of application ${name}`)
  const [number, value] = [whole('number'), text('value')]
  if (number !== expected || whole('checksum') !== checksumOf(id, number, value)) {
    throw tables.damaged(`the history of application ${name} is not what was written`)
  }
  return JSON.parse(value) as HistoryEntry
}

const checksumOf = (id: number, number: number, value: string): number =>
  checksum(value, checksum(`${id} ${number} `))

/** Adds entries, the newest last, and deletes what need not be kept any more. Gives the range then. */
export function appendHistory(
  tables: Tables,
  id: number,
  { historyFirst, historyNext }: HistoryRange,
  entries: readonly HistoryEntry[],
  retention: Retention,
): HistoryRange {
  const newest = entries.at(-1)
  if (newest === undefined) return { historyFirst, historyNext }
  const insert = tables.statement('INSERT INTO history VALUES (?, ?, ?, ?, ?)')
  let next = historyNext
  for (const entry of entries) {
    const value = JSON.stringify(entry)
    insert.run(id, next, entry.at, value, checksumOf(id, next, value))
    next++
  }
  const oldestAt = newest.at - retention.days * dayMs
  const first = Math.max(historyFirst, next - retention.entries, firstSince(tables, id, oldestAt, next - 1))
  if (first > historyFirst) {
    tables.statement('DELETE FROM history WHERE application = ? AND number < ?').run(id, first)
  }
  return { historyFirst: first, historyNext: next }
}

/** The number of the first entry that is not older: deleted is only from the end, so that no gap looks like damage. */
function firstSince({ statement }: Tables, id: number, at: number, newest: number): number {
  if (!Number.isFinite(at)) return 0
  const row = statement(
    'SELECT number FROM history WHERE application = ? AND at >= ? ORDER BY number LIMIT 1',
  ).get(id, at)
  return row === undefined ? newest : Number(row.number)
}

/** Deletes the history of an application. */
export function deleteHistory({ statement }: Tables, id: number): void {
  statement('DELETE FROM history WHERE application = ?').run(id)
}

const dayMs = 86_400_000
