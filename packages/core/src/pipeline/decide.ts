import type { PassOutcome } from '../events/events.ts'
import { backoffMs } from '../scheduler/backoff.ts'

/** How a pass ended, before anybody decided when the next one is. */
export type PassEnd =
  | { readonly kind: 'rest' }
  /** For health, a dependency, somebody's decision: an event wakes it, or this long at the latest. */
  | { readonly kind: 'wait'; readonly atMostMs?: number }
  | { readonly kind: 'retry'; readonly retryAfterMs?: number }
  | { readonly kind: 'replan' }
  | { readonly kind: 'stall' }

/** What is remembered of earlier passes. */
export interface Streak {
  /** Failed passes in a row. */
  readonly failures: number
  /** Stale views in a row. */
  readonly replans: number
}

/** When the next pass is due, and what to remember. */
export interface Decision {
  readonly outcome: PassOutcome
  readonly afterMs: number
  readonly streak: Streak
}

/** The first retry comes within a second; the longest wait for one is five minutes. */
export const retryBackoff = { baseMs: 1_000, maxMs: 300_000 } as const
const replansInARow = 3
const shareOfJitter = 0.1

/** Turns the end of a pass into the time of the next. `random` gives 0 to 1. */
export function decide(end: PassEnd, streak: Streak, intervalMs: number, random: () => number): Decision {
  const jittered = Math.round(intervalMs * (1 - shareOfJitter + 2 * shareOfJitter * random()))
  const calm: Streak = { failures: 0, replans: 0 }
  switch (end.kind) {
    case 'rest':
      return { outcome: 'rest', afterMs: jittered, streak: calm }
    case 'wait':
      return { outcome: 'wait', afterMs: Math.min(end.atMostMs ?? jittered, jittered), streak: calm }
    case 'replan':
      if (streak.replans + 1 < replansInARow) {
        return { outcome: 'replan', afterMs: 0, streak: { ...streak, replans: streak.replans + 1 } }
      }
      return decide({ kind: 'retry' }, { ...streak, replans: 0 }, intervalMs, random)
    case 'retry': {
      const backoff = backoffMs(streak.failures, retryBackoff, random)
      const afterMs = Math.max(backoff, finiteOr0(end.retryAfterMs))
      return { outcome: 'retry', afterMs, streak: { failures: streak.failures + 1, replans: 0 } }
    }
    case 'stall':
      return { outcome: 'stall', afterMs: jittered, streak: { failures: streak.failures + 1, replans: 0 } }
    default:
      return end satisfies never
  }
}

/** An adapter's mistake with a header (a date read as a number) must not put the next pass off for ever. */
const finiteOr0 = (ms: number | undefined): number =>
  ms !== undefined && Number.isFinite(ms) ? Math.min(ms, longestAskedMs) : 0

const longestAskedMs = 3_600_000
