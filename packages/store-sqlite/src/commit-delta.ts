import type { StateDelta } from '@mooring/core'
import { assertExpected, readApplication, writeApplication } from './application-row.ts'
import { changeEntries } from './entry-rows.ts'
import { appendHistory, type Retention } from './history-rows.ts'
import { assertLatest, readInstallation, withApplication, writeInstallation } from './installation.ts'
import type { Tables } from './tables.ts'

/** What a commit builds on. */
interface Basis {
  readonly expected: string | undefined
  readonly epoch: number
  readonly retention: Retention
}

/** Writes what a delta changes, and gives the new version. Throws `SUPERSEDED` and `STATE_CONFLICT`. */
export async function commitDelta(
  tables: Tables,
  name: string,
  delta: StateDelta,
  { expected, epoch, retention }: Basis,
): Promise<string> {
  const installation = readInstallation(tables)
  assertLatest(installation, epoch)
  const found = readApplication(tables, name)
  assertExpected(name, found, expected)
  const version = installation.commits + 1
  // Versions are never used twice, so the first one serves as the id.
  const before = found ?? { id: version, entries: 0, entriesChecksum: 0, historyFirst: 1, historyNext: 1 }
  const totals = await changeEntries(tables, before.id, before, delta)
  const range = appendHistory(tables, before.id, before, delta.history, retention)
  writeApplication(tables, {
    name,
    id: before.id,
    version,
    head: JSON.stringify(delta.head),
    ...totals,
    ...range,
  })
  const counted = found === undefined ? withApplication(installation, name, 1) : installation
  writeInstallation(tables, { ...counted, commits: version })
  return String(version)
}
