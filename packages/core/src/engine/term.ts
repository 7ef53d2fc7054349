import type { MooringError } from '../errors/mooring-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import { keepLease } from './keep-lease.ts'
import type { AskedLease } from './lease-options.ts'
import type { Taken } from './take-store.ts'

/** The time for which an engine has its store. */
export interface Term {
  readonly epoch: number
  /** Aborted when it is over, and when the engine stops. */
  readonly signal: AbortSignal
  /** Why the store is not ours any more. Never settles for an engine that stops before. */
  readonly lost: Promise<MooringError>
  readonly lose: (error: MooringError) => void
  readonly isOver: () => boolean
  /** Whether a write may start. */
  readonly canWrite: () => boolean
  /** Throws where a write may not start, because the store is another engine's or may be. */
  readonly mayWrite: () => void
  /** Aborts what still runs, with this reason. */
  readonly end: (reason: MooringError) => void
  /** Gives the lease back, so that who stands by takes over at once. A store that cannot be told now is left to find out. */
  readonly giveBack: () => Promise<void>
}

/** The term that begins with a store being taken. */
export function term({
  taken,
  lease,
  store,
  clock,
  life,
}: {
  readonly taken: Taken
  readonly lease: AskedLease | undefined
  readonly store: Store
  readonly clock: Clock
  readonly life: AbortSignal
}): Term {
  const { epoch, takenAt } = taken
  const over = new AbortController()
  const signal = AbortSignal.any([life, over.signal])
  let reason: MooringError | undefined
  let resolveLost: (error: MooringError) => void = () => {}
  const lost = new Promise<MooringError>((resolve) => {
    resolveLost = resolve
  })
  const lose = (error: MooringError): void => {
    reason ??= error
    resolveLost(error)
  }
  const leases = lease && store.lease
  const kept =
    lease &&
    leases &&
    // Renewed to the very end: what drains after `stop` still writes.
    keepLease({ leases, clock, signal: over.signal, epoch, ttlMs: lease.ttlMs, takenAt, onLost: lose })
  const canWrite = (): boolean => {
    // Asked here and not only by a timer: after a pause of the process, code goes on before timers do.
    if (reason === undefined && kept?.holds() === false) lose(kept.runOut())
    return reason === undefined
  }
  return {
    epoch,
    signal,
    lost,
    lose,
    isOver: () => reason !== undefined,
    canWrite,
    mayWrite: () => {
      if (!canWrite() && reason !== undefined) throw reason
    },
    end: (why) => {
      kept?.end()
      over.abort(why)
    },
    giveBack: async () => {
      kept?.end()
      if (leases === undefined || reason !== undefined) return
      await leases.release({ signal: new AbortController().signal, epoch }).catch(() => undefined)
    },
  }
}
