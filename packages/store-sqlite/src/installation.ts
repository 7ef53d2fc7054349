import { randomBytes, randomUUID } from 'node:crypto'
import { type Installation, MooringError } from '@mooring/core'
import { checksum, toggled } from './checksum.ts'
import { columnsOf } from './columns.ts'
import type { Tables } from './tables.ts'

/** What the file says of itself. Id and key are missing until the first opening. */
export interface InstallationRow {
  readonly id: string | undefined
  readonly digestKey: Uint8Array | undefined
  readonly epoch: number
  /** How many commits there were, of all applications: the newest version. */
  readonly commits: number
  readonly applications: number
  /** Of their names. */
  readonly applicationsChecksum: number
}

/** The row, checked. */
export function readInstallation(tables: Tables): InstallationRow {
  const row = tables.statement('SELECT * FROM installation WHERE row = 1').get()
  if (row === undefined) throw tables.damaged('the installation is missing')
  const { whole } = columnsOf(tables, row, 'the installation')
  const read: InstallationRow = {
    id: typeof row.id === 'string' ? row.id : undefined,
    digestKey: row.digest_key instanceof Uint8Array ? row.digest_key.slice() : undefined,
    epoch: whole('epoch'),
    commits: whole('commits'),
    applications: whole('applications'),
    applicationsChecksum: whole('applications_checksum'),
  }
  // As the schema leaves it. Anything else that was never opened has lost its installation.
  const isNew = read.id === undefined && read.commits === 0 && read.epoch === 0
  if (whole('checksum') !== (isNew ? 0 : checksumOf(read))) {
    throw tables.damaged('the installation is not what was written')
  }
  return read
}

/** Writes the row. */
export function writeInstallation({ statement }: Tables, row: InstallationRow): void {
  const { id = null, digestKey = null, epoch, commits, applications, applicationsChecksum } = row
  statement(
    `UPDATE installation SET id = ?, digest_key = ?, epoch = ?, commits = ?, applications = ?,
     applications_checksum = ?, checksum = ? WHERE row = 1`,
  ).run(id, digestKey, epoch, commits, applications, applicationsChecksum, checksumOf(row))
}

const checksumOf = ({ id, digestKey, ...row }: InstallationRow): number =>
  checksum(
    JSON.stringify([
      id,
      digestKey && [...digestKey],
      row.epoch,
      row.commits,
      row.applications,
      row.applicationsChecksum,
    ]),
  )

/** The row with an application more, or less. */
export const withApplication = (row: InstallationRow, name: string, by: 1 | -1): InstallationRow => ({
  ...row,
  applications: row.applications + by,
  applicationsChecksum: toggled(row.applicationsChecksum, checksum(name)),
})

/**
 * Opens within a writing transaction: makes the installation where there is none, and raises the epoch unless it is only
 * for reading. Throws `INSTALLATION_CHANGED`.
 */
export function openForWriting(tables: Tables, asked: string | undefined, reading: boolean): Installation {
  const found = readInstallation(tables)
  const { id = asked ?? randomUUID(), digestKey = randomBytes(32) } = found
  const row = { ...found, id, digestKey, epoch: found.epoch + (reading ? 0 : 1) }
  assertAsked(id, asked)
  writeInstallation(tables, row)
  return { id, digestKey: new Uint8Array(digestKey), epoch: row.epoch }
}

/** The installation as somebody who only reads finds it, or undefined where none was made yet. */
export function asInstallation(
  { id, digestKey, epoch }: InstallationRow,
  asked: string | undefined,
): Installation | undefined {
  if (id === undefined || digestKey === undefined) return undefined
  assertAsked(id, asked)
  return { id, digestKey, epoch }
}

function assertAsked(kept: string, asked: string | undefined): void {
  if (asked === undefined || asked === kept) return
  throw new MooringError({
    code: 'INSTALLATION_CHANGED',
    kind: 'permanent',
    message: `Expected installation ${asked}, but this store belongs to installation ${kept}`,
    hint: 'Give the store that belongs to the installation, or leave the id out to use the one the store keeps.',
  })
}

/** Throws `SUPERSEDED` unless this is the epoch of the latest opening. */
export function assertLatest({ epoch: latest }: InstallationRow, epoch: number): void {
  if (epoch === latest) return
  throw new MooringError({
    code: 'SUPERSEDED',
    kind: 'permanent',
    message: `Expected the store's latest epoch, ${latest}, got ${epoch}: the store was opened again since`,
    hint: 'Stop this engine, or open the store again if it is the one that should go on.',
  })
}
