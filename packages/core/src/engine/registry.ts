import type { DefinedApplication } from '../application/define-application.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Trigger } from '../events/events.ts'
import type { Clock } from '../ports/clock.ts'
import { priority, type Scheduler } from '../ports/scheduler.ts'
import type { Source } from '../ports/source.ts'
import type { Store } from '../ports/store.ts'
import type { WatchHint } from '../ports/target.ts'
import { alarms } from './alarms.ts'
import type { ApplicationDesk } from './application-desk.ts'
import { dependentsOf } from './dependents-of.ts'
import type { EngineSession } from './engine-session.ts'
import { hookRunsByName } from './hook-runs-by-name.ts'
import { misuse } from './misuse.ts'
import { clashOf, type Named, strangers } from './names.ts'
import { type Member, neighbourhood } from './neighbourhood.ts'
import { newDesk } from './new-desk.ts'
import { sourceDesks } from './source-desks.ts'
import { unsettledByName } from './unsettled-by-name.ts'
import type { Watchable } from './watch-target.ts'
import { watches } from './watches.ts'

/** Every application of one engine, with the sources and targets they use, and the names they are scheduled under. */
export interface Registry {
  readonly add: (application: DefinedApplication) => void
  readonly replace: (application: DefinedApplication) => void
  readonly remove: (desk: ApplicationDesk, forget: boolean, signal: AbortSignal) => Promise<void>
  readonly application: (name: string) => ApplicationDesk | undefined
  readonly applications: () => readonly string[]
  /** Brings the next pass of an application forward. */
  readonly wake: (desk: ApplicationDesk, trigger: Trigger, urgency: number) => void
  /** Something is recorded about it that may matter to those that depend on it. */
  readonly tellDependents: (desk: ApplicationDesk) => void
  readonly dueIn: (desk: ApplicationDesk) => number | undefined
  readonly refresh: (source?: Source) => void
  /** Names that something is recorded under and no application has or had. */
  readonly withoutDefinition: (signal: AbortSignal) => Promise<readonly string[]>
  readonly tellUndefined: (signal: AbortSignal) => Promise<void>
  /** What was added before begins now. */
  readonly begin: () => void
  /** The store is another engine's: whoever waits is told, and nothing that was seen until now is taken for true later. */
  readonly standDown: (reason: unknown) => void
  /** Does the work that is scheduled under a name. Never throws. */
  readonly work: (name: string, signal: AbortSignal) => Promise<void>
  /** Resolves when no hook function runs and how each ended is on record. */
  readonly settleHooks: () => Promise<void>
  readonly close: (reason: unknown) => void
  /** Disposes every source and target that was ever given. */
  readonly dispose: () => Promise<void>
}

/** What a registry needs. */
export interface RegistryDeps {
  readonly store: Store
  readonly bus: EventBus
  readonly clock: Clock
  readonly random: () => number
  readonly session: EngineSession
  readonly scheduler: Scheduler
}

interface Entry {
  /** What it is scheduled under. */
  readonly name: string
  readonly named: Named
  readonly defined: DefinedApplication
  readonly desk: ApplicationDesk
  readonly dependsOn: readonly string[]
  readonly target: Watchable & AsyncDisposable
  /** Names of one group share the workers fairly with other groups. */
  readonly group: string
}

/** The registry of one engine. */
export function registry(deps: RegistryDeps): Registry {
  const { bus, clock, session, scheduler } = deps
  const applications = new Map<string, Entry>()
  const given = new Set<AsyncDisposable>()
  const leaving = new WeakMap<ApplicationDesk, Promise<void>>()

  const wake = (desk: ApplicationDesk, trigger: Trigger, urgency: number): void => {
    const entry = applications.get(desk.name)
    // Who was removed, or replaced, is not woken by what still runs on its behalf.
    if (entry?.desk !== desk || !session.isRunning()) return
    desk.because(trigger)
    scheduler.add(entry.name, { priority: urgency, group: entry.group, afterMs: desk.holdOffMs(trigger) })
  }
  const wakeWhere = (fits: (entry: Entry) => boolean, trigger: Trigger, urgency: number): void => {
    for (const entry of applications.values()) if (fits(entry)) wake(entry.desk, trigger, urgency)
  }
  const { wakeAwaiting, tellDependents } = dependentsOf((fits) => wakeWhere(fits, 'health', priority.drift))
  const members = new Map<string, Member>()
  const neighbours = neighbourhood(members)
  const sources = sourceDesks({
    ...deps,
    isRunning: session.isRunning,
    onRevision: (desk) => wakeWhere((entry) => entry.desk.source === desk, 'revision', priority.revision),
    // What is pinned, or goes, does not need its answer.
    onFirstFailure: (desk) => wakeWhere((entry) => entry.desk.source === desk, 'start', priority.start),
  })
  const targets = watches(clock, session.signal, (target, hint) => {
    const isConcerned = (entry: Entry): boolean => entry.target === target && concerns(hint, entry.desk)
    // A target that was out of reach may be back: nobody waits for the end of a backoff that began when it was not.
    if ('all' in hint)
      for (const entry of applications.values()) if (isConcerned(entry)) entry.desk.takeHeart()
    wakeWhere(isConcerned, 'drift', priority.drift)
  })
  const alarmed = alarms<ApplicationDesk>(clock, (desk) => wake(desk, 'due', priority.revision))
  const unsettledOf = unsettledByName((name) => {
    const entry = applications.get(name)
    if (entry !== undefined) wake(entry.desk, 'retry', priority.drift)
  })
  const hooks = hookRunsByName({
    clock,
    signal: session.signal,
    mayStart: session.canWrite,
    onEnd: async (name) => {
      const entry = applications.get(name)
      // What cannot be recorded now is tried again by the next pass.
      await entry?.desk.recordHookEnds().catch(() => undefined)
      if (entry !== undefined) wake(entry.desk, 'health', priority.drift)
    },
  })
  const allNames = (): readonly Named[] => [...applications.values()].map(({ named }) => named)
  const withoutDefinition = async (signal: AbortSignal): Promise<readonly string[]> =>
    strangers(await deps.store.list({ signal }), allNames())
  const takeIn = (defined: DefinedApplication): ApplicationDesk => {
    const entry = defined.open((application): Entry => {
      const named: Named = { name: application.name, formerly: application.formerly ?? [] }
      const clash = clashOf(named, allNames())
      if (clash !== undefined) throw clash
      given.add(application.source).add(application.target)
      const desk: ApplicationDesk = newDesk(
        application,
        deps,
        sources,
        neighbours,
        unsettledOf(named),
        (at) => alarmed.set(desk, at),
        hooks.of(application.name),
        () => {
          // The state stays for the next start where it cannot be forgotten now.
          remove(desk, true, session.signal).catch(() => undefined)
        },
      )
      const name = `${prefix}${application.name}`
      const { target, dependsOn = [] } = application
      return { name, named, defined, desk, dependsOn, target, group: target.name }
    })
    applications.set(defined.name, entry)
    members.set(defined.name, memberOf(entry))
    if (session.isRunning()) targets.follow(entry.target)
    return entry.desk
  }
  const memberOf = ({ named, desk, dependsOn }: Entry): Member => ({
    ...named,
    source: desk.source,
    standing: desk.reconciler.standing,
    dependsOn,
    standpoint: desk.standpoint,
    wake: () => wake(desk, 'retry', priority.drift),
  })
  /** Stops asking and watching what no application uses any more. */
  const letGo = (): void => {
    const used = [...applications.values()]
    sources.keepOnly(new Set(used.map((entry) => entry.desk.source)))
    targets.keepOnly(new Set(used.map((entry) => entry.target)))
  }
  const takeOut = async (desk: ApplicationDesk, forget: boolean, signal: AbortSignal): Promise<void> => {
    applications.delete(desk.name)
    members.delete(desk.name)
    scheduler.remove(`${prefix}${desk.name}`)
    desk.close(misuse.applicationReplaced(desk.name))
    hooks.abort(desk.name, misuse.applicationReplaced(desk.name))
    await desk.end(misuse.applicationReplaced(desk.name))
    desk.reconciler.forget()
    letGo()
    if (forget) await desk.forgetState(signal)
    // What it had, or desired, is free for others now.
    wakeWhere((entry) => entry.desk.reconciler.standing.waits(), 'retry', priority.drift)
    wakeAwaiting()
    bus.emit('application.removed', { application: desk.name })
  }
  /** Once: a removal that came to its end and the caller who waited for it both ask. */
  const remove: Registry['remove'] = (desk, forget, signal) => {
    const known = leaving.get(desk)
    if (known !== undefined) return known
    const made = takeOut(desk, forget, signal)
    leaving.set(desk, made)
    return made
  }
  const pass = async (entry: Entry, signal: AbortSignal): Promise<void> => {
    const afterMs = await entry.desk.run(signal)
    tellDependents(entry.desk)
    if (applications.get(entry.desk.name) !== entry) return
    scheduler.add(entry.name, { afterMs, priority: priority.interval, group: entry.group })
  }

  return {
    add: (defined) => {
      if (applications.has(defined.name)) throw misuse.applicationExists(defined.name)
      const desk = takeIn(defined)
      bus.emit('application.added', { application: defined.name })
      wakeAwaiting()
      wake(desk, 'start', priority.start)
    },
    replace: (defined) => {
      const before = applications.get(defined.name)
      if (before === undefined) throw misuse.unknownApplication(defined.name, [...applications.keys()])
      // Refused before the one there is is ended.
      const desk = takeIn(defined)
      before.desk.close(misuse.applicationReplaced(defined.name))
      void before.desk.end(misuse.applicationReplaced(defined.name))
      letGo()
      bus.emit('application.replaced', { application: defined.name })
      wakeAwaiting()
      wake(desk, 'revision', priority.revision)
    },
    remove,
    application: (name) => applications.get(name)?.desk,
    applications: () => [...applications.keys()],
    wake,
    tellDependents,
    dueIn: (desk) => scheduler.dueIn(`${prefix}${desk.name}`),
    refresh: sources.refresh,
    withoutDefinition,
    tellUndefined: async (signal) => {
      // A store that cannot list them now is no reason not to run; who asks gets its error.
      const names = await withoutDefinition(signal).catch(() => [])
      for (const name of names) bus.emit('application.undefined', { application: name })
    },
    begin: () => {
      sources.refresh()
      for (const { target, desk } of applications.values()) {
        targets.follow(target)
        // A source that was asked before the start has nothing new to say: nobody else would wake its applications.
        if (desk.source.hasRevision()) wake(desk, 'start', priority.start)
      }
    },
    standDown: (reason) => {
      for (const { desk, defined } of [...applications.values()]) {
        desk.close(reason)
        void desk.end(reason)
        hooks.abort(desk.name, reason)
        takeIn(defined)
      }
      letGo()
    },
    work: async (name, signal) => {
      if (sources.owns(name)) return sources.work(name, signal)
      const entry = applications.get(name.slice(prefix.length))
      // A pass rejects only when the engine stops.
      await (entry && pass(entry, signal).catch(() => undefined))
    },
    settleHooks: hooks.settled,
    close: (reason) => {
      alarmed.close()
      for (const { desk } of applications.values()) desk.close(reason)
    },
    dispose: async () => {
      await sources.close()
      const ends = await Promise.allSettled([...given].map((adapter) => adapter[Symbol.asyncDispose]()))
      const failed = ends.find((end) => end.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

const prefix = 'application:'

const concerns = (hint: WatchHint, desk: ApplicationDesk): boolean =>
  'all' in hint || hint.keys.some((key) => desk.reconciler.touches(key))
