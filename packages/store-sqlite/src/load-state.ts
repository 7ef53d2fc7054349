import type { ApplicationState, Versioned } from '@mooring/core'
import { headOf, readApplication } from './application-row.ts'
import { readEntries } from './entry-rows.ts'
import type { Tables } from './tables.ts'

/** What was committed of an application, or undefined when nothing was. */
export async function loadState(
  tables: Tables,
  application: string,
): Promise<Versioned<ApplicationState> | undefined> {
  const row = readApplication(tables, application)
  if (row === undefined) return undefined
  const inventory = await readEntries(tables, row)
  return { value: { formatVersion: 1, head: headOf(row), inventory }, version: String(row.version) }
}
