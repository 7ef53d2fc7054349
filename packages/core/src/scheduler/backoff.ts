/** The bounds of a backoff, milliseconds. */
export interface BackoffBounds {
  /** The most the first retry waits. */
  readonly baseMs: number
  /** The most any retry waits. */
  readonly maxMs: number
}

/**
 * How long to wait after this many failures before the last one: anything from nothing to `baseMs`, doubled for each of
 * them, up to `maxMs`.
 *
 * The whole wait is random ("full jitter"), because those who failed together must not try again together.
 *
 * @param random Gives 0 to 1.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: BackoffBounds, random: () => number): number {
  // Doubling ends long before it overflows: infinity times a base of nothing is no number.
  const most = Math.min(maxMs, baseMs * 2 ** Math.min(failures, longestDoubling))
  return Math.round(most * random())
}

const longestDoubling = 64
