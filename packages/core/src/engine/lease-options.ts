import { MooringError } from '../errors/mooring-error.ts'
import type { Store } from '../ports/store.ts'

/** How an engine has its store for itself. */
export interface LeaseOptions {
  /**
   * Name of this engine, which others see while they stand by. Default a random one. An engine that finds the lease under
   * its own name takes it at once, as after a crash: give a name only where no other engine can have the same, such as that
   * of the pod. Two that share one take the store from each other without end.
   */
  readonly holder?: string
  /**
   * How long others wait for a holder that says nothing, milliseconds. Default 15000, at least 300. It is renewed three
   * times in that time, which is the only write at rest; shorter means a faster takeover and more writes. An engine that
   * could not renew it for two thirds of the time starts no more writes.
   */
  readonly ttlMs?: number
  /** Takes the store at the start from whoever has it. Default false: stands by until the other one is gone. */
  readonly takeOver?: boolean
}

/** A lease as the engine asks for it. */
export interface AskedLease {
  readonly holder: string
  readonly ttlMs: number
  readonly takeOver: boolean
}

/**
 * The lease an engine asks its store for. Without a word, only where others can have the store too: one that lasts. Throws
 * `INVALID_OPTION`.
 */
export function leaseAskedFor(asked: LeaseOptions | false | undefined, store: Store): AskedLease | undefined {
  const { supports, lease } = store
  const isThere = supports.lease === true && lease !== undefined
  if (asked === false || (asked === undefined && !(isThere && supports.durable))) return undefined
  const { holder = crypto.randomUUID(), ttlMs = 15_000, takeOver = false } = asked ?? {}
  if (!isThere) throw invalid('lease', 'left out or false, because the store has none', 'options')
  if (holder === '') throw invalid('lease.holder', 'a name', '""')
  if (!(ttlMs >= 300)) throw invalid('lease.ttlMs', 'milliseconds from 300', ttlMs)
  return { holder, ttlMs, takeOver }
}

const invalid = (option: string, expected: string, given: string | number): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected ${option} of createEngine to be ${expected}, got ${given}`,
    hint: 'Correct the option, or leave it out.',
  })
