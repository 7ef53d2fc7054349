import type { PassOutcome } from '../events/events.ts'
import type { SchedulerFigures } from '../ports/scheduler.ts'
import type { Tally } from './tally.ts'

/**
 * What an engine does, as numbers, since it was made. Reading costs as much as there are names in line; nothing is reset,
 * so whoever wants rates compares two readings.
 */
export interface EngineMetrics extends SchedulerFigures {
  readonly applications: number
  /** Passes that ended, by how. */
  readonly passes: Readonly<Record<PassOutcome, number>>
  /** Passes that ended so that they are tried again soon: `retry` and `replan`. */
  readonly retries: number
  /** How long what was due waited for a worker: for slots, turns, caps and rates. Passes and polls. */
  readonly waited: Tally
  /** How long passes and polls took. */
  readonly worked: Tally
  /** By target, and one for all sources together (`sources`). */
  readonly groups: readonly GroupMetrics[]
}

/** The share of one group. */
export interface GroupMetrics {
  readonly group: string
  readonly running: number
  readonly waited: Tally
  readonly worked: Tally
  /** How often its system has asked to be left alone for a while (429, Retry-After). */
  readonly slowedDown: number
}
