import { systemClock } from '../clock/system-clock.ts'
import { summariseError } from '../errors/classify.ts'
import type { MooringError } from '../errors/mooring-error.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Call } from '../ports/call.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Installation, Store } from '../ports/store.ts'
import type { EngineOptions } from './engine.ts'
import { leaseAskedFor } from './lease-options.ts'
import { livingHolder } from './living-holder.ts'
import { misuse } from './misuse.ts'
import type { EngineRole } from './role.ts'
import { type Taken, takeStore } from './take-store.ts'
import { type Term, term } from './term.ts'

/** What an engine does while it has its store, and at the end of that. */
export interface Duties {
  /** Does the work that is scheduled under a name. */
  readonly work: (name: string, signal: AbortSignal) => Promise<void>
  /** The store is ours. `signal` is aborted when it is not any more. */
  readonly begin: (signal: AbortSignal) => void
  /** The store is another engine's. */
  readonly standDown: (reason: MooringError) => void
}

/** The life of one engine: opened, started, stopped, each once; in between it may lose its store and have it again. */
export interface EngineSession {
  /** Aborted when the engine gives up what still runs. */
  readonly signal: AbortSignal
  readonly role: () => EngineRole
  readonly isRunning: () => boolean
  /** Whether it has the store: while it runs, and while it stops. */
  readonly hasStore: () => boolean
  readonly mustBeRunning: () => void
  readonly mustNotBeStopped: () => void
  /** Why nothing may be recorded now, if so: another engine has the store. */
  readonly refusal: () => MooringError | undefined
  /** Throws where a write may not start, because the store is another engine's or may be. */
  readonly mayWrite: () => void
  /** Whether it runs, and a write may start. */
  readonly canWrite: () => boolean
  /** The store has refused a write of this epoch, because another engine has opened it. */
  readonly superseded: (epoch: number, error: MooringError) => void
  /** Opens the store for a look, which fences nobody off. `start` opens it for writing. */
  readonly open: () => Promise<void>
  /**
   * Opens the store for a person's decision. An engine that is not started throws `LEASE_HELD` where another one runs: that
   * one would not notice.
   */
  readonly openToDecide: () => Promise<void>
  readonly installation: () => { readonly id: string; readonly digest: Call['digest'] }
  readonly epoch: () => number
  /** Resolves when the engine runs, or stands by. */
  readonly start: (duties: Duties) => Promise<void>
  readonly stop: (
    drainMs: number,
    close: (reason: unknown) => void,
    settle: () => Promise<void>,
    dispose: () => Promise<void>,
  ) => Promise<void>
}

/** The session of one engine. Throws `INVALID_OPTION`. */
export function engineSession(
  options: EngineOptions,
  { bus, scheduler, store }: { readonly bus: EventBus; readonly scheduler: Scheduler; readonly store: Store },
): EngineSession {
  const { clock = systemClock, installation } = options
  const lease = leaseAskedFor(options.lease, options.store)
  const life = new AbortController()
  let role: EngineRole = { role: 'new' }
  let looking: Promise<void> | undefined
  let wasOpened = false
  let opened: (Installation & { readonly digest: Call['digest'] }) | undefined
  let current: Term | undefined
  let starting: Promise<void> | undefined
  let stopping: Promise<void> | undefined
  let force = (): void => {}
  const forced = new Promise<void>((resolve) => {
    force = resolve
  })

  const mustNotBeStopped = (): void => {
    if (role.role === 'stopped') throw misuse.stopped()
  }
  const refusal = (): MooringError | undefined => {
    if (role.role === 'standing-by') return misuse.standingBy(role.holder)
    return role.role === 'superseded' ? misuse.superseded(role.error.message) : undefined
  }
  const adopt = async (made: Installation): Promise<void> => {
    // Loaded with the first store, not with the package: importing must stay cheap for those who start nothing.
    const { keyedDigest } = await import('../digest/keyed-digest.ts')
    opened = { ...made, digest: keyedDigest(made.digestKey) }
  }
  const look = async (): Promise<void> => {
    const opening = {
      signal: life.signal,
      reading: true,
      ...(installation !== undefined && { installation }),
    }
    wasOpened = true
    const made = await store.open(opening)
    // Once we had the store, its epoch of today may be another engine's: what is late must not be written under it.
    if (current === undefined) await adopt(made)
  }
  const open = (): Promise<void> => {
    mustNotBeStopped()
    if (opened !== undefined && role.role !== 'new') return Promise.resolve()
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }
  const known = () => {
    if (opened === undefined) throw misuse.notStarted()
    return opened
  }
  const standBy = async (holder: string): Promise<void> => {
    if (role.role === 'stopped') return
    if (opened === undefined) await look()
    role = { role: 'standing-by', holder }
    bus.emit('engine.standby', { holder })
  }
  const take = (isFirst: boolean, onStanding: () => void): Promise<Taken> => {
    wasOpened = true
    return takeStore({
      store,
      clock,
      signal: life.signal,
      ...(installation !== undefined && { installation }),
      lease: lease && { ...lease, takeOver: isFirst && lease.takeOver },
      patiently: !isFirst,
      onHeld: async ({ holder }) => {
        await standBy(holder)
        onStanding()
      },
      onTrouble: (error) => {
        if (role.role !== 'standing-by') return
        role = { role: 'standing-by', holder: role.holder, ...(error && { error: summariseError(error) }) }
      },
    })
  }
  const serve = (mine: Term, duties: Duties, { id }: Installation): Promise<MooringError> => {
    current = mine
    role = { role: 'running' }
    bus.emit('engine.started', { installation: id })
    scheduler.start((name) => duties.work(name, mine.signal))
    duties.begin(mine.signal)
    return mine.lost
  }
  const standDown = async (error: MooringError, duties: Duties, last: Term): Promise<void> => {
    role =
      lease === undefined
        ? { role: 'superseded', error: summariseError(error) }
        : { role: 'standing-by', holder: unknownHolder, error: summariseError(error) }
    const drained = scheduler.drain({ deadlineMs: abortGraceMs })
    last.end(error)
    bus.emit('engine.superseded', { error: summariseError(error) })
    duties.standDown(refusal() ?? error)
    await drained
  }
  /** One term after the other, until the engine stops or cannot stand by. */
  const rule = async (duties: Duties, onStanding: () => void): Promise<void> => {
    for (let isFirst = true; ; isFirst = false) {
      const taken = await take(isFirst, onStanding)
      await adopt(taken)
      const mine = term({ taken, lease, store, clock, life: life.signal })
      if (stopping !== undefined) return mine.giveBack()
      const ended = serve(mine, duties, taken)
      onStanding()
      const error = await ended
      if (stopping !== undefined) return
      await standDown(error, duties, mine)
      if (lease === undefined) return
    }
  }
  const begin = (duties: Duties): Promise<void> =>
    new Promise((resolve, reject) => {
      rule(duties, resolve)
        .catch(reject)
        .finally(() => {
          starting = undefined
        })
    })
  const finish = async (
    drainMs: number,
    close: (reason: unknown) => void,
    settle: () => Promise<void>,
    dispose: () => Promise<void>,
  ) => {
    const hasRun = current !== undefined
    const endsAt = clock.monotonic() + drainMs
    role = { role: 'stopped' }
    close(misuse.stopped())
    if (hasRun) await Promise.race([scheduler.drain({ deadlineMs: drainMs }), forced])
    if (hasRun) await Promise.race([within(Math.max(0, endsAt - clock.monotonic()), settle()), forced])
    life.abort(misuse.stopped())
    // What was aborted gets a moment to record what it had done.
    if (hasRun) await scheduler.drain({ deadlineMs: abortGraceMs })
    if (hasRun) await within(abortGraceMs, settle())
    await scheduler[Symbol.asyncDispose]()
    // Only now: nothing of ours runs any more, and who stands by takes over at once.
    if (current !== undefined) await within(abortGraceMs, current.giveBack())
    // An adapter that hangs at its own end must not keep the program from its.
    const ends = [dispose(), ...(wasOpened ? [store[Symbol.asyncDispose]()] : [])]
    const failures = ((await within(abortGraceMs, Promise.allSettled(ends))) ?? []).filter(
      (end) => end.status === 'rejected',
    )
    bus.emit('engine.stopped', {})
    if (failures.length > 0) throw (failures[0] as PromiseRejectedResult).reason
  }
  /** What was promised, or undefined when it takes longer. */
  const within = async <Value>(ms: number, promised: Promise<Value>): Promise<Value | undefined> => {
    let cancel = (): void => {}
    const late = new Promise<undefined>((resolve) => {
      cancel = clock.timer(ms, () => resolve(undefined))
    })
    return Promise.race([promised, late]).finally(cancel)
  }

  return {
    signal: life.signal,
    role: () => role,
    isRunning: () => role.role === 'running',
    hasStore: () => current?.isOver() === false,
    mustBeRunning: () => {
      mustNotBeStopped()
      const refused = refusal()
      if (refused !== undefined) throw refused
      if (role.role !== 'running') throw misuse.notStarted()
    },
    mustNotBeStopped,
    refusal,
    mayWrite: () => current?.mayWrite(),
    canWrite: () => role.role === 'running' && current?.canWrite() === true,
    superseded: (epoch, error) => {
      if (current?.epoch === epoch) current.lose(error)
    },
    open,
    openToDecide: async () => {
      await open()
      const holder = role.role === 'new' ? await livingHolder(store, clock, life.signal) : undefined
      if (holder !== undefined && role.role === 'new') throw misuse.heldBy(holder)
    },
    installation: known,
    epoch: () => known().epoch,
    start: async (duties) => {
      mustNotBeStopped()
      if (role.role !== 'new' && role.role !== 'superseded') return
      // A look that is under way ends first, or its older epoch would be the one we write with.
      await looking?.catch(() => undefined)
      starting ??= begin(duties)
      await starting
    },
    stop: (drainMs, close, settle, dispose) => {
      if (stopping !== undefined) {
        life.abort(misuse.stopped())
        force()
        return stopping
      }
      stopping = finish(drainMs, close, settle, dispose)
      return stopping
    },
  }
}

const abortGraceMs = 5_000

/** Until the next look at the lease shows who has the store. */
const unknownHolder = 'another engine'
