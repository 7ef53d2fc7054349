import { type HistoryEntry, MooringError, type RecordedEntry } from '@mooring/core'
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

/** The newest entries before a place, newest first, each checked and none left out. */
export function readHistory(
  tables: Tables,
  application: string,
  limit: number,
  before?: string,
): readonly RecordedEntry[] {
  const end = before === undefined ? Number.POSITIVE_INFINITY : numberOf(application, before)
  const row = readApplication(tables, application)
  if (row === undefined) return []
  const entries: RecordedEntry[] = []
  let number = Math.max(row.historyFirst, Math.min(row.historyNext, end))
  for (const found of newestFirst(tables, row, number)) {
    if (entries.length >= limit) return entries
    number--
    entries.push({ ...entryIn(tables, row, found, number), place: String(number) })
  }
  if (number !== row.historyFirst)
    throw tables.damaged(`the history of application ${application} is not complete`)
  return entries
}

/** An entry's place is its number: it only grows, and stays when older entries are deleted. */
function numberOf(application: string, place: string): number {
  if (/^[1-9]\d{0,15}$/.test(place)) return Number(place)
  throw new MooringError({
    code: 'HISTORY_PLACE_UNKNOWN',
    kind: 'permanent',
    message: `Expected the place of an entry in the history of ${application}, got ${JSON.stringify(place)}`,
    hint: 'Give the place of the last entry that was read, as it is.',
  })
}

const newestFirst = ({ statement }: Tables, { id }: ApplicationRow, end: number) =>
  statement(
    'SELECT number, value, checksum FROM history WHERE application = ? AND number < ? ORDER BY number DESC',
  ).iterate(id, end)

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
