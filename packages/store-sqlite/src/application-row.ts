import { type ApplicationHead, MooringError } from '@mooring/core'
import { checksum, toggled } from './checksum.ts'
import { asColumn, columnsOf, fromColumn } from './columns.ts'
import { readInstallation } from './installation.ts'
import type { Tables } from './tables.ts'

/** Everything about an application but its entries and its history, and what those must amount to. */
export interface ApplicationRow {
  readonly name: string
  /** Stands in the rows of entries and history. Never used twice. */
  readonly id: number
  readonly version: number
  /** As JSON. */
  readonly head: string
  readonly entries: number
  readonly entriesChecksum: number
  readonly historyFirst: number
  readonly historyNext: number
}

/** The row, checked, or undefined for an application that is not kept. */
export function readApplication(tables: Tables, name: string): ApplicationRow | undefined {
  const row = tables.statement('SELECT * FROM application WHERE name = ?').get(asColumn(name))
  if (row === undefined) {
    assertUnknown(tables, name)
    return undefined
  }
  const { text, whole } = columnsOf(tables, row, `application ${name}`)
  const read: ApplicationRow = {
    name,
    id: whole('id'),
    version: whole('version'),
    head: text('head'),
    entries: whole('entries'),
    entriesChecksum: whole('entries_checksum'),
    historyFirst: whole('history_first'),
    historyNext: whole('history_next'),
  }
  if (whole('checksum') !== checksumOf(read)) {
    throw tables.damaged(`the state of application ${name} is not what was written`)
  }
  return read
}

/** Writes the row. */
export function writeApplication({ statement }: Tables, row: ApplicationRow): void {
  const { id, version, head, entries, entriesChecksum, historyFirst, historyNext } = row
  statement('INSERT OR REPLACE INTO application VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    asColumn(row.name),
    id,
    version,
    head,
    entries,
    entriesChecksum,
    historyFirst,
    historyNext,
    checksumOf(row),
  )
}

const checksumOf = ({ name, ...row }: ApplicationRow): number =>
  checksum(
    JSON.stringify([
      name,
      row.id,
      row.version,
      row.head,
      row.entries,
      row.entriesChecksum,
      row.historyFirst,
      row.historyNext,
    ]),
  )

/** The head as it was committed. */
export const headOf = ({ head }: ApplicationRow): ApplicationHead => JSON.parse(head) as ApplicationHead

/** The names of all applications, sorted, and none missing. */
export function listApplications(tables: Tables): readonly string[] {
  const columns = tables.statement('SELECT name FROM application ORDER BY name').all()
  const names = columns.map((row) => nameIn(tables, columnsOf(tables, row, 'an application').text('name')))
  const { applications, applicationsChecksum } = readInstallation(tables)
  const total = names.reduce((sum, name) => toggled(sum, checksum(name)), 0)
  if (names.length !== applications || total !== applicationsChecksum) {
    throw tables.damaged('the applications it holds are not those that were written')
  }
  return names
}

/** No checksum has vouched for the name yet. */
function nameIn(tables: Tables, column: string): string {
  try {
    return fromColumn(column)
  } catch {
    throw tables.damaged('the name of an application is not what was written')
  }
}

/** A lookup that a damaged page leads astray must not read as "never committed". */
function assertUnknown(tables: Tables, name: string): void {
  if (listApplications(tables).includes(name)) {
    throw tables.damaged(`application ${name} is there and cannot be looked up`)
  }
}

/** Throws `STATE_CONFLICT` unless this is the version of what is kept. */
export function assertExpected(
  application: string,
  row: ApplicationRow | undefined,
  expected: string | undefined,
): void {
  const found = row && String(row.version)
  if (found === expected) return
  throw new MooringError({
    code: 'STATE_CONFLICT',
    kind: 'conflict',
    message: `Expected version ${expected ?? 'none'} of the state of ${application}, found ${found ?? 'none'}`,
    hint: 'Load the state again and decide anew.',
  })
}
