import type { Clock } from '../ports/clock.ts'
import type { WatchHint } from '../ports/target.ts'
import { type Watchable, watchTarget } from './watch-target.ts'

/** Follows each target once, for as long as an application uses it. */
export interface Watches {
  readonly follow: (target: Watchable) => void
  /** Stops following targets that are not among these. */
  readonly keepOnly: (used: ReadonlySet<Watchable>) => void
}

/** The watches of one engine; all end with `signal`. */
export function watches(
  clock: Clock,
  signal: AbortSignal,
  onHint: (target: Watchable, hint: WatchHint) => void,
): Watches {
  const followed = new Map<Watchable, AbortController>()
  return {
    follow: (target) => {
      if (followed.has(target)) return
      const end = new AbortController()
      followed.set(target, end)
      void watchTarget(target, clock, AbortSignal.any([signal, end.signal]), (hint) => onHint(target, hint))
    },
    keepOnly: (used) => {
      for (const [target, end] of followed) {
        if (used.has(target)) continue
        followed.delete(target)
        end.abort()
      }
    },
  }
}
