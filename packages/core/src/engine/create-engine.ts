import { unlessAborted } from '../adapter-parts/unless-aborted.ts'
import { guardedStore } from '../adapters/guarded-store.ts'
import { systemClock } from '../clock/system-clock.ts'
import { summariseError } from '../errors/classify.ts'
import { eventBus } from '../events/event-bus.ts'
import type { SyncResult } from '../model/status.ts'
import { priority } from '../ports/scheduler.ts'
import { memoryScheduler } from '../scheduler/memory-scheduler.ts'
import type { ApplicationDesk, Wish } from './application-desk.ts'
import { approvals } from './approvals.ts'
import type { Asking, Engine, EngineOptions } from './engine.ts'
import { type EngineSession, engineSession } from './engine-session.ts'
import { keep } from './keep.ts'
import { misuse, waitEnded } from './misuse.ts'
import { registry } from './registry.ts'
import { retarget } from './retarget.ts'

const defaultSlots = 32
const defaultDrainMs = 30_000
const defaultHistory = 50
const defaultStoreTimeoutMs = 30_000

/** Makes an engine. Nothing happens before `start`, except for `plan`, `diff`, `status` and `history`. */
export function createEngine(options: EngineOptions): Engine {
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const bus = eventBus(clock)
  const scheduler = options.scheduler ?? memoryScheduler({ clock, slots: options.slots ?? defaultSlots })
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
  /** Waits for the end of what was asked, or of the caller's patience. */
  const ask = async (
    desk: ApplicationDesk,
    wish: Wish,
    asking: Asking,
    news?: (onQuestion: () => void) => Promise<void>,
  ): Promise<SyncResult> => {
    session.mustBeRunning()
    const patience = waitEnded(asking, signal, clock)
    try {
      const wake = (): void => known.wake(desk, 'manual', priority.person)
      return await desk.ask(wish, wake, patience.signal, news)
    } finally {
      patience.release()
    }
  }
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
      known.add(application)
    },
    replace: (application) => {
      session.mustNotBeStopped()
      known.replace(application)
    },
    remove: async (name, { prune, ...asking }) => {
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
      await session.stop(drainMs, known.close, known.dispose)
    },
    sync: async (name, asking) => {
      const desk = deskOf(name)
      return ask(desk, wishOf(asking), asking, (onQuestion) => desk.source.poll(signal, onQuestion))
    },
    plan: async (name, { signal: caller } = {}) => {
      const desk = deskOf(name)
      const either = await withRevision(desk, caller)
      if (session.isRunning()) await unlessAborted(desk.source.poll(signal), either)
      return unlessAborted(desk.plan(either), either)
    },
    diff: async (plan, { signal: caller } = {}) => {
      const desk = deskOf(plan.application)
      const either = await withRevision(desk, caller)
      return unlessAborted(desk.diff(plan, either), either)
    },
    apply: async (plan, asking) =>
      ask(deskOf(plan.application), { ...wishOf(asking), planId: plan.id }, asking),
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
    suspend: async (name, { actor, reason }) => {
      const desk = deskOf(name)
      await session.open()
      const suspended = { by: actor, at: clock.now(), ...(reason !== undefined && { reason }) }
      await desk.amend(({ head }) => ({ head: { ...head, suspended } }), signal)
      bus.emit('application.suspended', { application: name, actor })
    },
    resume: async (name, { actor }) => {
      const desk = deskOf(name)
      await session.open()
      await desk.amend(({ head: { suspended: _, ...head } }) => ({ head }), signal)
      bus.emit('application.resumed', { application: name, actor })
      known.wake(desk, 'manual', priority.person)
    },
    approve,
    disapprove,
    keep: async (name, by) => {
      const desk = deskOf(name)
      await session.open()
      desk.refuseRemoval(misuse.kept(name, by.actor))
      await desk.amend((state) => keep(state, by, clock.now()), signal)
      known.wake(desk, 'manual', priority.person)
    },
    retarget: async (name, decision) => {
      const desk = deskOf(name)
      await session.open()
      const identity = await desk.reconciler.identity(signal)
      await desk.amend((state) => retarget(name, state, decision, identity, clock.now()), signal)
      known.wake(desk, 'manual', priority.person)
    },
    withoutDefinition: async () => {
      await session.open()
      return known.withoutDefinition(signal)
    },
    role: session.role,
    refresh: known.refresh,
    on: bus.on,
    // Ends with the engine too: a loop over events must not outlive what it tells of.
    events: (options) => bus.events({ ...options, signal: AbortSignal.any([options.signal, signal]) }),
    [Symbol.asyncDispose]: () => engine.stop(),
  }
  return engine
}

const wishOf = ({ actor, reason }: Asking): Wish => ({ actor, ...(reason !== undefined && { reason }) })
