import type { Clock } from '../ports/clock.ts'

/** How often something may start. */
export interface Rate {
  /** In the long run. Above 0; less than once a second is a fraction. */
  readonly perSecond: number
  /** How many may start at once after a quiet time. Default: as many as one second allows, and at least 1. */
  readonly burst?: number
}

/** A rate limit on the injected clock: tokens come at a steady rate and are kept up to the burst. */
export interface TokenBucket {
  /** How long until there is a token, milliseconds; 0 for now. Takes none. */
  readonly waitMs: () => number
  /** Takes a token, even one that is still to come, and says how long until it is there, milliseconds. */
  readonly reserve: () => number
  /** No token for this long, and then one, and from there on the rate. A shorter pause than one under way changes nothing. */
  readonly pause: (ms: number) => void
  /** Whether it is full and not paused, so that forgetting it forgets nothing. */
  readonly isIdle: () => boolean
}

/** A full bucket. Without a rate there is always a token, unless it is paused. */
export function tokenBucket(clock: Clock, rate?: Rate): TokenBucket {
  // Two times instead of a count of tokens: a count that is filled up by fractions drifts, and may never quite reach 1.
  const spacingMs = rate === undefined ? 0 : 1000 / rate.perSecond
  const allowanceMs = rate === undefined ? 0 : spacingMs * (burstOf(rate) - 1)
  let fullAt = 0
  let pausedUntil = 0

  const waitMs = (): number => Math.max(0, Math.max(fullAt - allowanceMs, pausedUntil) - clock.monotonic())
  return {
    waitMs,
    reserve: () => {
      const wait = waitMs()
      fullAt = Math.max(fullAt, clock.monotonic() + wait) + spacingMs
      return wait
    },
    pause: (ms) => {
      if (!(ms > 0)) return
      pausedUntil = Math.max(pausedUntil, clock.monotonic() + ms)
      fullAt = Math.max(fullAt, pausedUntil + allowanceMs)
    },
    isIdle: () => Math.max(fullAt, pausedUntil) <= clock.monotonic(),
  }
}

const burstOf = ({ perSecond, burst }: Rate): number => burst ?? Math.max(1, Math.ceil(perSecond))
