import type { ResourceKey } from '../model/resource.ts'

const windowMs = 600_000
const patience = 3
const firstPauseMs = 30_000
const sweepFrom = 1_000

/** Remembers heals, to notice a resource that somebody keeps changing back. */
export interface Contest {
  readonly healed: (key: ResourceKey, now: number) => void
  /** How often it was healed within ten minutes. */
  readonly heals: (key: ResourceKey, now: number) => number
  /** Whether one more heal makes it contested. */
  readonly isNext: (key: ResourceKey, now: number) => boolean
  /** Whether it was healed so often that the next heal has to wait. */
  readonly mustWait: (key: ResourceKey, now: number) => boolean
}

/**
 * A resource healed more than three times in ten minutes is contested: the pause before the next heal doubles from 30
 * seconds up to the interval. `now` is monotonic.
 */
export function contest(intervalMs: number): Contest {
  const log = new Map<ResourceKey, number[]>()
  const recent = (key: ResourceKey, now: number): number[] => {
    const times = (log.get(key) ?? []).filter((at) => at > now - windowMs)
    if (times.length === 0) log.delete(key)
    return times
  }
  return {
    healed: (key, now) => {
      // Forgets what was healed long ago, so that the log is as long as ten minutes of heals.
      if (log.size >= sweepFrom) for (const known of [...log.keys()]) recent(known, now)
      log.set(key, [...recent(key, now), now])
    },
    heals: (key, now) => recent(key, now).length,
    isNext: (key, now) => recent(key, now).length >= patience,
    mustWait: (key, now) => {
      const times = recent(key, now)
      const last = times.at(-1)
      if (last === undefined || times.length <= patience) return false
      return now - last < Math.min(firstPauseMs * 2 ** (times.length - patience - 1), intervalMs)
    },
  }
}
