/** Durations, counted. Buckets are cumulative, as Prometheus has them; those above the last bound are in `count` alone. */
export interface Tally {
  readonly count: number
  readonly sumMs: number
  readonly maxMs: number
  readonly buckets: readonly { readonly atMostMs: number; readonly count: number }[]
}

/** A tally that grows. */
export interface RunningTally {
  readonly add: (ms: number) => void
  readonly read: () => Tally
}

/** Upper bounds: from a pass that finds nothing to do to one that hits its timeouts. */
const boundsMs = [5, 25, 100, 250, 1_000, 5_000, 30_000, 120_000, 600_000] as const

/** An empty tally. */
export function runningTally(): RunningTally {
  const counts = boundsMs.map(() => 0)
  let count = 0
  let sumMs = 0
  let maxMs = 0
  return {
    add: (ms) => {
      const at = boundsMs.findIndex((bound) => ms <= bound)
      if (at >= 0) counts[at] = (counts[at] ?? 0) + 1
      count++
      sumMs += ms
      maxMs = Math.max(maxMs, ms)
    },
    read: () => {
      let below = 0
      const buckets = boundsMs.map((atMostMs, at) => {
        below += counts[at] ?? 0
        return { atMostMs, count: below }
      })
      return { count, sumMs, maxMs, buckets }
    },
  }
}
