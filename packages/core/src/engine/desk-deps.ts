import type { MooringError } from '../errors/mooring-error.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Ledger } from '../pass/ledger.ts'
import type { Reconciler } from '../pass/reconciler.ts'
import type { Clock } from '../ports/clock.ts'
import type { SourceDesk } from './source-desk.ts'

/** What an application desk needs. */
export interface DeskDeps {
  readonly name: string
  readonly reconciler: Reconciler
  readonly source: SourceDesk
  readonly ledger: Ledger
  readonly bus: EventBus
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  /** Why nothing may be recorded now, if so: another engine has the store. */
  readonly refusal: () => MooringError | undefined
  /** When to look again, whatever else happens: a hold ends by itself then. Milliseconds since the epoch. */
  readonly alarm: (at: number | undefined) => void
  /** Everything it kept is gone. */
  readonly onRemoved: () => void
}
