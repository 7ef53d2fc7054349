import type { Clock } from '../ports/clock.ts'
import { sweptMap } from './swept-map.ts'
import { type Rate, tokenBucket } from './token-bucket.ts'

/** What may start by rate: a name starts when the slowest of its own delay, its group's bucket and the global one allows. */
export interface Limits {
  /** How long until anything may start, milliseconds. */
  readonly globalWaitMs: () => number
  /** How long until something of this group may start, milliseconds. */
  readonly groupWaitMs: (group: string) => number
  /** Something of this group starts. */
  readonly taken: (group: string) => void
  /** Nothing of this group starts for this long. */
  readonly slowDown: (group: string, ms: number) => void
}

/** What limits are made of. */
export interface LimitsOptions {
  readonly clock: Clock
  readonly groupRate?: Rate
  readonly globalRate?: Rate
}

/** The limits of one scheduler. A group's bucket is kept only while it holds something back. */
export function limits({ clock, groupRate, globalRate }: LimitsOptions): Limits {
  const all = globalRate === undefined ? undefined : tokenBucket(clock, globalRate)
  const buckets = sweptMap(
    () => tokenBucket(clock, groupRate),
    (bucket) => bucket.isIdle(),
  )
  return {
    globalWaitMs: () => all?.waitMs() ?? 0,
    groupWaitMs: (group) => buckets.get(group)?.waitMs() ?? 0,
    taken: (group) => {
      all?.reserve()
      if (groupRate !== undefined) buckets.of(group).reserve()
    },
    slowDown: (group, ms) => buckets.of(group).pause(ms),
  }
}
