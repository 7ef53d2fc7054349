import { classify } from '../errors/classify.ts'
import type { MooringError } from '../errors/mooring-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Installation, Store, StoreLease } from '../ports/store.ts'
import { pause } from './pause.ts'

/** A store that was taken. */
export interface Taken extends Installation {
  /** Before it was asked for, on the monotonic clock. */
  readonly takenAt: number
}

/** How a store is taken. */
export interface Taking {
  readonly store: Store
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly installation?: string
  /** Under which lease; without one the store is taken at once, from whoever has it. */
  readonly lease: { readonly holder: string; readonly ttlMs: number; readonly takeOver: boolean } | undefined
  /** Somebody else has it. Called when that becomes known, and whenever it is another one. What it throws ends the taking. */
  readonly onHeld: (lease: StoreLease) => Promise<void>
  /** What kept it from looking, once it stands by; it looks again. Undefined when it could look. */
  readonly onTrouble: (error: MooringError | undefined) => void
  /** Goes on after any failure, because it had the store before. */
  readonly patiently: boolean
}

/**
 * Opens a store for writing, as soon as nobody else has it.
 *
 * A lease is taken over when its version has not changed for its whole time to live, counted on this process's monotonic
 * clock from the answer that showed it first to the question that shows it last. So clocks that disagree mean nothing, and
 * a process that was paused looks again before it decides.
 */
export async function takeStore(taking: Taking): Promise<Taken> {
  const { clock, signal, store, lease } = taking
  const leases = store.lease
  if (lease === undefined || leases === undefined) return open(taking, undefined)
  let watched: { readonly held: StoreLease; readonly since: number } | undefined
  let isPatient = taking.patiently
  for (;;) {
    try {
      const askedAt = clock.monotonic()
      const held = await leases.read({ signal })
      if (mayTake(held, watched, askedAt, lease)) return await open(taking, held)
      if (held !== undefined && watched?.held.version !== held.version) {
        if (watched?.held.holder !== held.holder) await taking.onHeld(held)
        watched = { held, since: clock.monotonic() }
      }
      taking.onTrouble(undefined)
      isPatient = true
    } catch (thrown) {
      signal.throwIfAborted()
      const error = classify(thrown, 'STORE_FAILED', 'The lease of the store could not be taken')
      // Who was faster has it now: the next look shows who.
      if (error.code === 'LEASE_HELD') continue
      if (!isPatient) throw error
      taking.onTrouble(error)
    }
    await pause(clock, Math.min(lease.ttlMs, watched?.held.ttlMs ?? lease.ttlMs) / looksInATtl, signal)
  }
}

/** So often that a lease that is given back is noticed at once, as people see it. */
const looksInATtl = 10

/** Pure. */
function mayTake(
  held: StoreLease | undefined,
  watched: { readonly held: StoreLease; readonly since: number } | undefined,
  askedAt: number,
  { holder, takeOver }: { readonly holder: string; readonly takeOver: boolean },
): boolean {
  if (held === undefined || held.holder === holder || takeOver) return true
  return watched?.held.version === held.version && askedAt - watched.since >= held.ttlMs
}

async function open(
  { store, clock, signal, installation, lease }: Taking,
  held: StoreLease | undefined,
): Promise<Taken> {
  const takenAt = clock.monotonic()
  const request = lease && {
    holder: lease.holder,
    ttlMs: lease.ttlMs,
    ...(held && { after: held.version }),
  }
  const made = await store.open({
    signal,
    ...(installation !== undefined && { installation }),
    ...(request && { lease: request }),
  })
  return { ...made, takenAt }
}
