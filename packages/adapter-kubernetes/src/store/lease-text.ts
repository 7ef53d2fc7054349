import { type LeaseRequest, MooringError, type StoreLease } from '@mooring/core'
import { isRecord } from '../objects/record.ts'
import { installationName, type StoreScope } from './object-names.ts'
import type { JsonPatchStep } from './secrets.ts'
import { storeDamaged } from './store-errors.ts'
import { storeMark } from './store-mark.ts'

/** Who has the store, as its annotation says. */
export interface LeaseText {
  readonly holder: string
  readonly ttlMs: number
  /** Of the opening that took it. */
  readonly epoch: number
  readonly renewals: number
}

/** The annotation for somebody who has just taken the lease. */
export const firstLease = (epoch: number, { holder, ttlMs }: LeaseRequest): string =>
  asText({ holder, ttlMs, epoch, renewals: 0 })

/** The annotation after one more renewal. */
export const renewed = (lease: LeaseText): string => asText({ ...lease, renewals: lease.renewals + 1 })

const asText = ({ holder, ttlMs, epoch, renewals }: LeaseText): string =>
  JSON.stringify({ holder, ttlMs, epoch, renewals })

/** What an annotation says. Throws `STORE_DAMAGED` for what no store writes. */
export function leaseIn(scope: StoreScope, text: string): LeaseText {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    found = undefined
  }
  if (isRecord(found)) {
    const { holder, ttlMs, epoch, renewals } = found
    const numbers = [ttlMs, epoch, renewals]
    if (typeof holder === 'string' && numbers.every((value) => Number.isFinite(value)))
      return { holder, ttlMs: Number(ttlMs), epoch: Number(epoch), renewals: Number(renewals) }
  }
  throw storeDamaged(scope, installationName(scope), undefined, 'its lease is not what was written')
}

/** The lease as the store's contract has it. */
export const asLease = ({ holder, ttlMs, epoch, renewals }: LeaseText): StoreLease => ({
  holder,
  ttlMs,
  version: `${epoch}.${renewals}`,
})

/** Throws `LEASE_HELD` unless nobody has the lease, or it is still the version that is named. */
export function assertFree(scope: StoreScope, text: string | undefined, { after }: LeaseRequest): void {
  if (text === undefined) return
  const { holder, version } = asLease(leaseIn(scope, text))
  if (version === after) return
  throw new MooringError({
    code: 'LEASE_HELD',
    kind: 'conflict',
    message: `Expected the lease of the store to be free, but ${holder} has it`,
    hint: 'Wait until it is given back or has not been renewed for its time to live, then open the store again.',
  })
}

/** The steps of a JSON patch from one lease to the next, which fail where it is not that one any more. */
export function leaseSteps(before: string | undefined, next: string | undefined): readonly JsonPatchStep[] {
  const test: JsonPatchStep[] = before === undefined ? [] : [{ op: 'test', path, value: before }]
  if (next !== undefined) return [...test, { op: 'add', path, value: next }]
  return before === undefined ? [] : [...test, { op: 'remove', path }]
}

const path: string = `/metadata/annotations/${storeMark.lease.replaceAll('~', '~0').replaceAll('/', '~1')}`
