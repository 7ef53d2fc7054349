import type { Application } from '../application/define-application.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Unsettled } from '../pass/apply-stage.ts'
import type { HookRuns } from '../pass/hook-runs.ts'
import { ledger } from '../pass/ledger.ts'
import { reconciler } from '../pass/reconciler.ts'
import type { Clock } from '../ports/clock.ts'
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
}

/** The desk of an application. */
export function newDesk<Manifest>(
  application: Application<Manifest>,
  { store, bus, clock, random, session }: NewDeskDeps,
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
