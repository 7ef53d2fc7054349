import { bounded } from '../adapters/bounded.ts'
import { classify } from '../errors/classify.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { StoreLeases } from '../ports/store.ts'

/** A lease that is being renewed. */
export interface KeptLease {
  /** Whether a write may start: the store was told recently enough that nobody else can have taken the lease. */
  readonly holds: () => boolean
  /** What to say when it does not. */
  readonly runOut: () => MooringError
  /** No more renewals. The lease stays until it has run out or is given back. */
  readonly end: () => void
}

/** What keeping a lease needs. */
export interface KeepingLease {
  readonly leases: StoreLeases
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly epoch: number
  readonly ttlMs: number
  /** When it was asked for, on the monotonic clock. */
  readonly takenAt: number
  /** Called once: it was taken by somebody else, or could not be renewed in time. */
  readonly onLost: (error: MooringError) => void
}

/**
 * Renews a lease three times in its time to live, until it is ended or lost.
 *
 * Time counts from before a renewal was sent, on this process's monotonic clock. Writes stop starting when a third of the
 * time to live is left, which is room for a clock that runs slower than that of who stands by, and for the write that began
 * last. The rule is that of client-go's leader election: its renew deadline lies before the end of the lease.
 */
export function keepLease(keeping: KeepingLease): KeptLease {
  const { clock, ttlMs, signal, onLost } = keeping
  const renewEveryMs = ttlMs / 3
  let renewedAt = keeping.takenAt
  let isOver = false
  let cancelRenewal = (): void => {}
  let cancelDeadline = (): void => {}

  const holds = (): boolean => !isOver && isGood(clock.monotonic() - renewedAt, ttlMs)
  const end = (): void => {
    isOver = true
    cancelRenewal()
    cancelDeadline()
  }
  const lose = (error: MooringError): void => {
    if (isOver) return
    end()
    onLost(error)
  }
  const runOut = (): MooringError => leaseRunOut(clock.monotonic() - renewedAt)
  const watchDeadline = (): void => {
    cancelDeadline()
    const leftMs = goodForMs(ttlMs) - (clock.monotonic() - renewedAt)
    cancelDeadline = clock.timer(Math.max(0, leftMs), () => lose(runOut()))
  }
  const renewIn = (afterMs: number): void => {
    cancelRenewal = clock.timer(afterMs, () => void renew())
  }
  const renew = async (): Promise<void> => {
    const sentAt = clock.monotonic()
    const error = await renewal(keeping, renewEveryMs)
    if (isOver || signal.aborted) return
    if (error?.code === 'SUPERSEDED') return lose(error)
    if (error === undefined) {
      renewedAt = sentAt
      watchDeadline()
    }
    renewIn(error === undefined ? Math.max(0, renewEveryMs - (clock.monotonic() - sentAt)) : ttlMs / 15)
  }
  watchDeadline()
  renewIn(Math.max(0, renewEveryMs - (clock.monotonic() - renewedAt)))
  return { holds, runOut, end }
}

/** How long after a renewal writes may start. */
const goodForMs = (ttlMs: number): number => (ttlMs * 2) / 3

/** Whether a lease that was renewed so long ago is good to write under. Pure. */
const isGood = (sinceRenewalMs: number, ttlMs: number): boolean => sinceRenewalMs < goodForMs(ttlMs)

/** One renewal; gives what kept it from being made, if anything did. */
async function renewal(
  { leases, clock, signal, epoch }: KeepingLease,
  timeoutMs: number,
): Promise<MooringError | undefined> {
  const onTimeout = (): MooringError => leaseRunOut(timeoutMs)
  try {
    await bounded({ clock, signal, timeoutMs, onTimeout }, (inner) => leases.renew({ signal: inner, epoch }))
      .result
    return undefined
  } catch (thrown) {
    return classify(thrown, 'STORE_FAILED', 'The lease of the store could not be renewed')
  }
}

const leaseRunOut = (forMs: number): MooringError =>
  new MooringError({
    code: 'LEASE_RUN_OUT',
    kind: 'transient',
    message: `Expected to renew the lease of the store in time, but the last renewal was ${Math.round(forMs)} ms ago`,
    hint: 'This engine starts no more writes and takes the lease again, if nobody else has it by then. Look whether the store answers, and whether the process was paused or its event loop was blocked.',
  })
