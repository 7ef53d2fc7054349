import { type LeaseRequest, MooringError, type StoreLease } from '@mooring/core'
import { checksum } from './checksum.ts'
import { columnsOf } from './columns.ts'
import { assertLatest, readInstallation } from './installation.ts'
import type { Tables } from './tables.ts'

/** Who has the store, as the file says. */
export interface LeaseRow {
  readonly holder: string
  readonly ttlMs: number
  /** Of the opening that took it. */
  readonly epoch: number
  readonly renewals: number
}

/** The lease, checked; undefined where nobody has it. */
export function readLease(tables: Tables): LeaseRow | undefined {
  const row = tables.statement('SELECT * FROM lease WHERE row = 1').get()
  if (row === undefined) return undefined
  const { text, whole } = columnsOf(tables, row, 'the lease')
  const read: LeaseRow = {
    holder: text('holder'),
    ttlMs: whole('ttl_ms'),
    epoch: whole('epoch'),
    renewals: whole('renewals'),
  }
  if (whole('checksum') !== checksumOf(read)) throw tables.damaged('the lease is not what was written')
  return read
}

/** The lease as the store's contract has it. */
export const asLease = (row: LeaseRow | undefined): StoreLease | undefined =>
  row && { holder: row.holder, ttlMs: row.ttlMs, version: versionOf(row) }

const versionOf = ({ epoch, renewals }: LeaseRow): string => `${epoch}.${renewals}`

/** Takes the lease for an opening of this epoch, or ends it for one that asks for none. Throws `LEASE_HELD`. */
export function takeLease(tables: Tables, epoch: number, request: LeaseRequest | undefined): void {
  if (request === undefined) return endLease(tables)
  const found = readLease(tables)
  if (found !== undefined && versionOf(found) !== request.after) throw leaseHeld(found.holder)
  writeLease(tables, { holder: request.holder, ttlMs: Math.ceil(request.ttlMs), epoch, renewals: 0 })
}

/** Throws `SUPERSEDED` where the lease is not that of this epoch any more. */
export function renewLease(tables: Tables, epoch: number): void {
  assertLatest(readInstallation(tables), epoch)
  const found = readLease(tables)
  if (found?.epoch !== epoch) throw leaseEnded(epoch)
  writeLease(tables, { ...found, renewals: found.renewals + 1 })
}

/** Without effect where it is another opening's. */
export function releaseLease(tables: Tables, epoch: number): void {
  if (readLease(tables)?.epoch === epoch) endLease(tables)
}

const endLease = ({ statement }: Tables): void => void statement('DELETE FROM lease').run()

function writeLease({ statement }: Tables, row: LeaseRow): void {
  const { holder, ttlMs, epoch, renewals } = row
  statement(
    'INSERT OR REPLACE INTO lease (row, holder, ttl_ms, epoch, renewals, checksum) VALUES (1, ?, ?, ?, ?, ?)',
  ).run(holder, ttlMs, epoch, renewals, checksumOf(row))
}

const checksumOf = ({ holder, ttlMs, epoch, renewals }: LeaseRow): number =>
  checksum(JSON.stringify([holder, ttlMs, epoch, renewals]))

const leaseHeld = (holder: string): MooringError =>
  new MooringError({
    code: 'LEASE_HELD',
    kind: 'conflict',
    message: `Expected the lease of the store to be free, but ${holder} has it`,
    hint: 'Wait until it is given back or has not been renewed for its time to live, then open the store again.',
  })

const leaseEnded = (epoch: number): MooringError =>
  new MooringError({
    code: 'SUPERSEDED',
    kind: 'permanent',
    message: `Expected the lease of epoch ${epoch}, but it was given back`,
    hint: 'Stop this engine, or open the store again if it is the one that should go on.',
  })
