import { unlessAborted } from '../adapter-parts/unless-aborted.ts'
import { guardedStore } from '../adapters/guarded-store.ts'
import { systemClock } from '../clock/system-clock.ts'
import { summariseError } from '../errors/classify.ts'
import { eventBus } from '../events/event-bus.ts'
import type { SyncResult } from '../model/status.ts'
import { priority } from '../ports/scheduler.ts'
import { memoryScheduler } from '../scheduler/memory-scheduler.ts'
import type { ApplicationDesk } from './application-desk.ts'
import { approvals } from './approvals.ts'
import type { Asking, Engine, EngineOptions } from './engine.ts'
import { type EngineSession, engineSession } from './engine-session.ts'
import { keep } from './keep.ts'
import { measuredScheduler } from './measured-scheduler.ts'
import { misuse, waitEnded } from './misuse.ts'
import { mustBe } from './must-be.ts'
import { passCounts } from './pass-counts.ts'
import { registry } from './registry.ts'
import { retarget } from './retarget.ts'
import { rollBack, unpin } from './roll-back.ts'
import { resumed, suspended } from './suspension.ts'
import type { Wish } from './wish.ts'

const defaultSlots = 32
const defaultDrainMs = 30_000
const defaultHistory = 50
const defaultStoreTimeoutMs = 30_000

/** Makes an engine. Nothing happens before `start`, except for `plan`, `diff`, `status` and `history`. Throws `INVALID_CALL`. */
export function createEngine(given: EngineOptions): Engine {
  const options = mustBe.options(given)
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const bus = eventBus(clock)
  const scheduler = measuredScheduler(
    options.scheduler ?? memoryScheduler({ clock, slots: options.slots ?? defaultSlots }),
    clock,
  )
  const passes = passCounts(bus)
  const { storeTimeoutMs = defaultStoreTimeoutMs } = options
  const store = guardedStore(options.store, clock, storeTimeoutMs, (epoch, error) =>
    session.superseded(epoch, error),
  )
  const session: EngineSession = engineSession(options, { bus, scheduler, store })
  const { signal } = session
  const known = registry({ store, bus, clock, random, session, scheduler })

  const deskOf = (name: string): ApplicationDesk => {
    const desk = known.application(name)
    if (desk === undefined) throw misuse.unknownApplication(name, known.applications())
    return desk
  }
  const wakeNow = (desk: ApplicationDesk): void => known.wake(desk, 'manual', priority.person)
  /** For as long as the caller's patience lasts. */
  const patiently = async (
    asking: Asking,
    run: (patience: AbortSignal) => Promise<SyncResult>,
  ): Promise<SyncResult> => {
    session.mustBeRunning()
    const patience = waitEnded(asking, signal, clock)
    try {
      return await run(patience.signal)
    } finally {
      patience.release()
    }
  }
  /** Waits for the end of what was asked. */
  const ask = (
    desk: ApplicationDesk,
    wish: Wish,
    asking: Asking,
    prepare?: Parameters<ApplicationDesk['ask']>[3],
  ): Promise<SyncResult> =>
    patiently(asking, (patience) => desk.ask(wish, () => wakeNow(desk), patience, prepare))
  /** A look at one application that works before `start` too: what it needs is asked for first. */
  const withRevision = async (
    desk: ApplicationDesk,
    caller: AbortSignal | undefined,
  ): Promise<AbortSignal> => {
    const either = caller === undefined ? signal : AbortSignal.any([caller, signal])
    await session.open()
    if (!session.isRunning() || !desk.source.hasRevision())
      await unlessAborted(desk.source.poll(signal), either)
    return either
  }

  const { approve, disapprove } = approvals({
    desks: () => known.applications().map(deskOf),
    session,
    bus,
    clock,
    wake: (desk) => known.wake(desk, 'manual', priority.person),
    look: async (desk) => void (await desk.plan(await withRevision(desk, undefined))),
  })

  const engine: Engine = {
    add: (application) => {
      session.mustNotBeStopped()
      known.add(mustBe.application(application))
    },
    replace: (application) => {
      session.mustNotBeStopped()
      known.replace(mustBe.application(application))
    },
    remove: async (name, given) => {
      const { prune, ...asking } = mustBe.asking(given)
      const desk = deskOf(name)
      const result = prune ? await ask(desk, { ...wishOf(asking), removing: true }, asking) : undefined
      if (result === undefined || result.outcome === 'synced') await known.remove(desk, prune, signal)
      return result
    },
    applications: known.applications,
    start: async () => {
      let telling: Promise<void> | undefined
      await session.start({
        work: known.work,
        begin: (during) => {
          known.begin()
          telling = known.tellUndefined(during)
        },
        standDown: known.standDown,
      })
      await telling
    },
    stop: async ({ drainMs = defaultDrainMs } = {}) => {
      await session.stop(drainMs, known.close, known.settleHooks, known.dispose)
    },
    sync: async (name, asking) => {
      const desk = deskOf(name)
      return ask(desk, wishOf(asking), asking, (inLine) => desk.source.poll(signal, inLine.ask))
    },
    plan: async (name, { signal: caller } = {}) => {
      const desk = deskOf(name)
      const either = await withRevision(desk, caller)
      if (session.isRunning()) await unlessAborted(desk.source.poll(signal), either)
      return unlessAborted(desk.plan(either), either)
    },
    diff: async (plan, { signal: caller } = {}) => {
      const desk = deskOf(mustBe.plan(plan).application)
      const either = await withRevision(desk, caller)
      return unlessAborted(desk.diff(plan, either), either)
    },
    apply: async (plan, asking) =>
      ask(deskOf(mustBe.plan(plan).application), { ...wishOf(asking), planId: plan.id }, asking),
    rollback: async (name, given) => {
      const { to, ...asking } = mustBe.rollback(given)
      const desk = deskOf(name)
      const wake = (): void => wakeNow(desk)
      return patiently(asking, (patience) =>
        rollBack(desk, { to, ...wishOf(asking) }, { store, bus, clock, signal, patience, wake }),
      )
    },
    unpin: async (name, given) => {
      const by = mustBe.asking(given)
      const desk = deskOf(name)
      await session.openToDecide()
      if ((await desk.recorded(signal)).head.pin === undefined) return
      // What the source said last may be what the rollback left: nothing is unpinned from a guess.
      await desk.source.poll(signal)
      const isEnded = await unpin(desk, by, { clock, signal })
      if (!isEnded) return
      bus.emit('application.unpinned', { application: name, actor: by.actor })
      wakeNow(desk)
    },
    status: async (name) => {
      const desk = deskOf(name)
      await session.open()
      const status = await desk.status(signal, session.isRunning() ? known.dueIn(desk) : undefined)
      const refused = session.refusal()
      return refused === undefined ? status : { ...status, lastError: summariseError(refused) }
    },
    history: async (name, { limit = defaultHistory, before } = {}) => {
      await session.open()
      return store.history(name, { signal, limit, ...(before !== undefined && { before }) })
    },
    suspend: async (name, given) => {
      const by = mustBe.asking(given)
      const desk = deskOf(name)
      await session.openToDecide()
      await desk.amend((state) => suspended(state, by, clock.now()), signal)
      bus.emit('application.suspended', { application: name, actor: by.actor })
      known.tellDependents(desk)
    },
    resume: async (name, given) => {
      const by = mustBe.asking(given)
      const desk = deskOf(name)
      await session.openToDecide()
      await desk.amend((state) => resumed(state, by, clock.now()), signal)
      bus.emit('application.resumed', { application: name, actor: by.actor })
      wakeNow(desk)
    },
    approve,
    disapprove,
    keep: async (name, given) => {
      const by = mustBe.asking(given)
      const desk = deskOf(name)
      await session.openToDecide()
      desk.refuseRemoval(misuse.kept(name, by.actor))
      await desk.amend((state) => keep(state, by, clock.now()), signal)
      wakeNow(desk)
    },
    retarget: async (name, given) => {
      const decision = mustBe.asking(given)
      const desk = deskOf(name)
      await session.openToDecide()
      const identity = await desk.reconciler.identity(signal)
      await desk.amend((state) => retarget(name, state, decision, identity, clock.now()), signal)
      wakeNow(desk)
    },
    withoutDefinition: async () => {
      await session.open()
      return known.withoutDefinition(signal)
    },
    role: session.role,
    metrics: () => {
      const ended = passes()
      return {
        ...scheduler.figures(),
        ...scheduler.measured(),
        applications: known.applications().length,
        passes: ended,
        retries: ended.retry + ended.replan,
      }
    },
    refresh: known.refresh,
    on: bus.on,
    // Ends with the engine too: a loop over events must not outlive what it tells of.
    events: (options) => bus.events({ ...options, signal: AbortSignal.any([options.signal, signal]) }),
    [Symbol.asyncDispose]: () => engine.stop(),
  }
  return engine
}

const wishOf = (asking: Asking): Wish => {
  const { actor, reason } = mustBe.asking(asking)
  return { actor, ...(reason !== undefined && { reason }) }
}
