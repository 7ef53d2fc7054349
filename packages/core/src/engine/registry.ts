import type { EventBus } from '../events/event-bus.ts'
import type { Trigger } from '../events/events.ts'
import { ledger } from '../pass/ledger.ts'
import { reconciler } from '../pass/reconciler.ts'
import { decide, type Streak } from '../pipeline/decide.ts'
import type { Clock } from '../ports/clock.ts'
import { priority, type Scheduler } from '../ports/scheduler.ts'
import type { Source } from '../ports/source.ts'
import type { Store } from '../ports/store.ts'
import type { WatchHint } from '../ports/target.ts'
import { type ApplicationDesk, applicationDesk } from './application-desk.ts'
import type { DefinedApplication } from './define-application.ts'
import type { EngineSession } from './engine-session.ts'
import { misuse } from './misuse.ts'
import { type SourceDesk, sourceDesk } from './source-desk.ts'
import { type Watchable, watchTarget } from './watch-target.ts'

/** Every application, source and target of one engine, and the names under which they are scheduled. */
export interface Registry {
  readonly add: (application: DefinedApplication) => void
  readonly replace: (application: DefinedApplication) => void
  readonly remove: (desk: ApplicationDesk, forget: boolean, signal: AbortSignal) => Promise<void>
  readonly application: (name: string) => ApplicationDesk | undefined
  readonly applications: () => readonly string[]
  /** Brings the next pass of an application forward. */
  readonly wake: (desk: ApplicationDesk, trigger: Trigger, urgency: number) => void
  readonly dueIn: (desk: ApplicationDesk) => number | undefined
  readonly refresh: (source?: Source) => void
  /** What was added before the start begins now. */
  readonly begin: () => void
  /** Does the work that is scheduled under a name. Never throws. */
  readonly work: (name: string, signal: AbortSignal) => Promise<void>
  readonly close: (reason: unknown) => void
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
  readonly desk: ApplicationDesk
  readonly target: Watchable & AsyncDisposable
  readonly group: string
}

interface SourceEntry {
  readonly desk: SourceDesk
  readonly name: string
  streak: Streak
}

/** The registry of one engine. */
export function registry(deps: RegistryDeps): Registry {
  const { bus, clock, random, session, scheduler } = deps
  const applications = new Map<string, Entry>()
  const sources = new Map<Source, SourceEntry>()
  const watches = new Map<Entry['target'], AbortController>()
  // Everything that was ever given is disposed at the end, also what no application uses any more.
  const given = new Set<AsyncDisposable>()
  let numbered = 0

  const wake = (desk: ApplicationDesk, trigger: Trigger, urgency: number): void => {
    const entry = applications.get(desk.name)
    // Who was removed, or replaced, is not woken by what still runs on its behalf.
    if (entry?.desk !== desk || !session.isRunning()) return
    desk.because(trigger)
    scheduler.add(applicationName(desk.name), { priority: urgency, group: entry.group })
  }
  const wakeReaders = (source: SourceDesk): void => {
    for (const { desk } of applications.values())
      if (desk.source === source) wake(desk, 'revision', priority.revision)
  }
  const schedulePoll = (entry: SourceEntry, afterMs: number): void =>
    scheduler.add(entry.name, { afterMs, priority: priority.revision, group: 'sources' })

  const sourceOf = (source: Source): SourceEntry => {
    const known = sources.get(source)
    if (known !== undefined) return known
    const name = `${sourcePrefix}${++numbered}:${source.name}`
    const desk = sourceDesk(source, clock, bus, () => wakeReaders(desk))
    const entry = { desk, name, streak: calm }
    sources.set(source, entry)
    given.add(source)
    if (session.isRunning()) schedulePoll(entry, 0)
    return entry
  }
  const follow = (target: Entry['target']): void => {
    if (!session.isRunning() || watches.has(target)) return
    const watching = new AbortController()
    watches.set(target, watching)
    void watchTarget(target, clock, AbortSignal.any([session.signal, watching.signal]), (hint) => {
      for (const entry of applications.values()) {
        if (entry.target === target && concerns(hint, entry.desk)) wake(entry.desk, 'drift', priority.drift)
      }
    })
  }
  const deskFor = (defined: DefinedApplication): Entry =>
    defined.open((application) => {
      const source = sourceOf(application.source)
      const own = ledger(application.name, deps.store, session.epoch)
      const { name } = application
      const entry: Entry = {
        desk: applicationDesk({
          name,
          source: source.desk,
          ledger: own,
          bus,
          clock,
          random,
          newId,
          reconciler: reconciler(application, {
            ledger: own,
            bus,
            clock,
            newId,
            installation: session.installation,
            revision: source.desk.revision,
            open: source.desk.open,
            wake: () => wake(entry.desk, 'retry', priority.drift),
          }),
        }),
        target: application.target,
        group: application.target.name,
      }
      return entry
    })
  const takeIn = (defined: DefinedApplication): Entry => {
    const entry = deskFor(defined)
    applications.set(defined.name, entry)
    given.add(entry.target)
    follow(entry.target)
    return entry
  }
  /** Stops asking and watching what no application uses any more. */
  const letGo = (): void => {
    const used = [...applications.values()]
    for (const [source, entry] of sources) {
      if (used.some(({ desk }) => desk.source === entry.desk)) continue
      sources.delete(source)
      scheduler.remove(entry.name)
      void entry.desk.close()
    }
    for (const [target, watching] of watches) {
      if (used.some((entry) => entry.target === target)) continue
      watches.delete(target)
      watching.abort()
    }
  }

  const pollSource = async (entry: SourceEntry, signal: AbortSignal): Promise<void> => {
    let end: Parameters<typeof decide>[0] = { kind: 'rest' }
    try {
      await entry.desk.poll(signal)
    } catch {
      if (signal.aborted) return
      end = entry.desk.error()?.kind === 'permanent' ? { kind: 'stall' } : { kind: 'retry' }
    }
    if (sources.get(entry.desk.source) !== entry) return
    const decision = decide(end, entry.streak, entry.desk.pollMs, random)
    entry.streak = decision.streak
    schedulePoll(entry, end.kind === 'rest' ? entry.desk.pollMs : Math.min(decision.afterMs, longestPollMs))
  }
  const passOf = async (entry: Entry, signal: AbortSignal): Promise<void> => {
    const afterMs = await entry.desk.run(signal)
    if (applications.get(entry.desk.name) !== entry) return
    scheduler.add(applicationName(entry.desk.name), {
      afterMs,
      priority: priority.interval,
      group: entry.group,
    })
  }

  return {
    add: (defined) => {
      if (applications.has(defined.name)) throw misuse.applicationExists(defined.name)
      const { desk } = takeIn(defined)
      bus.emit('application.added', { application: defined.name })
      wake(desk, 'start', priority.start)
    },
    replace: (defined) => {
      const before = applications.get(defined.name)
      if (before === undefined) throw misuse.unknownApplication(defined.name, [...applications.keys()])
      before.desk.close(misuse.applicationReplaced(defined.name))
      const { desk } = takeIn(defined)
      letGo()
      bus.emit('application.replaced', { application: defined.name })
      wake(desk, 'revision', priority.revision)
    },
    remove: async (desk, forget, signal) => {
      applications.delete(desk.name)
      scheduler.remove(applicationName(desk.name))
      desk.close(misuse.applicationReplaced(desk.name))
      desk.reconciler.forget()
      letGo()
      if (forget) await desk.forgetState(signal)
      bus.emit('application.removed', { application: desk.name })
    },
    application: (name) => applications.get(name)?.desk,
    applications: () => [...applications.keys()],
    wake,
    dueIn: (desk) => scheduler.dueIn(applicationName(desk.name)),
    refresh: (source) => {
      for (const entry of sources.values())
        if (source === undefined || entry.desk.source === source) schedulePoll(entry, 0)
    },
    begin: () => {
      for (const entry of sources.values()) schedulePoll(entry, 0)
      for (const { target } of applications.values()) follow(target)
    },
    work: async (name, signal) => {
      if (name.startsWith(sourcePrefix)) {
        const source = [...sources.values()].find((entry) => entry.name === name)
        return source && pollSource(source, signal)
      }
      const entry = applications.get(name.slice(applicationPrefix.length))
      // A pass rejects only when the engine stops.
      return entry && passOf(entry, signal).catch(() => undefined)
    },
    close: (reason) => {
      for (const { desk } of applications.values()) desk.close(reason)
    },
    dispose: async () => {
      await Promise.all([...sources.values()].map((entry) => entry.desk.close()))
      const all = [...given].map((adapter) => adapter[Symbol.asyncDispose]())
      const failed = (await Promise.allSettled(all)).find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

const sourcePrefix = 'source:'
const applicationPrefix = 'application:'
const applicationName = (name: string): string => `${applicationPrefix}${name}`
const calm: Streak = { failures: 0, replans: 0 }
const longestPollMs = 300_000
const newId = (): string => crypto.randomUUID()

const concerns = (hint: WatchHint, desk: ApplicationDesk): boolean =>
  'all' in hint || hint.keys.some((key) => desk.reconciler.touches(key))
