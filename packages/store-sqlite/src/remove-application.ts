import { assertExpected, readApplication } from './application-row.ts'
import { asColumn } from './columns.ts'
import { deleteEntries } from './entry-rows.ts'
import { deleteHistory } from './history-rows.ts'
import { assertLatest, readInstallation, withApplication, writeInstallation } from './installation.ts'
import type { Tables } from './tables.ts'

/** Forgets an application with its history. Throws `SUPERSEDED` and `STATE_CONFLICT`. */
export function removeApplication(tables: Tables, name: string, expected: string, epoch: number): void {
  const installation = readInstallation(tables)
  assertLatest(installation, epoch)
  const found = readApplication(tables, name)
  assertExpected(name, found, expected)
  if (found === undefined) return
  deleteEntries(tables, found.id)
  deleteHistory(tables, found.id)
  tables.statement('DELETE FROM application WHERE name = ?').run(asColumn(name))
  writeInstallation(tables, withApplication(installation, name, -1))
}
