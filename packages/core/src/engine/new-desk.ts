import type { Application } from '../application/define-application.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Unsettled } from '../pass/apply-stage.ts'
import type { HookRuns } from '../pass/hook-runs.ts'
import { ledger } from '../pass/ledger.ts'
import { reconciler } from '../pass/reconciler.ts'
import type { Clock } from '../ports/clock.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Store } from '../ports/store.ts'
import { type ApplicationDesk, applicationDesk } from './application-desk.ts'
import type { EngineSession } from './engine-session.ts'
import type { Neighbourhood } from './neighbourhood.ts'
import type { SourceDesks } from './source-desks.ts'

/** What every desk of an engine shares. */
export interface NewDeskDeps {
  readonly store: Store
  readonly bus: EventBus
  readonly clock: Clock
  readonly random: () => number
  readonly session: EngineSession
  readonly scheduler: Scheduler
}

/** The desk of an application. */
export function newDesk<Manifest>(
  application: Application<Manifest>,
  { store, bus, clock, random, session, scheduler }: NewDeskDeps,
  sources: SourceDesks,
  neighbours: Neighbourhood,
  unsettled: Unsettled,
  alarm: (at: number | undefined) => void,
  runs: HookRuns,
  onRemoved: () => void,
): ApplicationDesk {
  const { name } = application
  const source = sources.of(application.source)
  let firstEpoch: number | undefined
  /** Of the term in which the desk first wrote: what a pass says after that is over must not pass for another term's. */
  const epoch = (): number => {
    if (session.hasStore()) firstEpoch ??= session.epoch()
    return firstEpoch ?? session.epoch()
  }
  const formerly = { names: application.formerly ?? [], now: clock.now }
  const book = ledger(name, store, epoch, formerly, session.hasStore)
  const { installation } = session
  const { revision, open } = source
  const worker = reconciler(application, {
    ledger: book,
    bus,
    clock,
    newId,
    installation,
    revision,
    open,
    unsettled,
    runs,
    neighbours: neighbours.seenBy(name),
    mayWrite: session.mayWrite,
    // The bucket of all who share the target: one 429 is about every one of them.
    onRetryAfter: (ms) => scheduler.slowDown(application.target.name, Math.min(ms, longestSlowDownMs)),
  })
  return applicationDesk({
    name,
    source,
    ledger: book,
    reconciler: worker,
    bus,
    clock,
    random,
    newId,
    alarm,
    refusal: session.refusal,
    onRemoved,
  })
}

const newId = (): string => crypto.randomUUID()

/** What one application is told may be about that one alone; the others do not wait longer for it than this. */
const longestSlowDownMs = 60_000
