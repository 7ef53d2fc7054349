import type { Clock } from '@mooring/core'
import { delay } from './delay.ts'

/** A pause that one refusal for load imposes on everything over a connection. */
export interface Pause {
  /** Nothing begins for this long from now; a pause that lasts longer stays. */
  readonly extend: (ms: number) => void
  /** Resolves when no pause is on. */
  readonly over: (signal: AbortSignal) => Promise<void>
}

/** No pause at first. */
export function pause(clock: Clock): Pause {
  let until = Number.NEGATIVE_INFINITY
  return {
    extend: (ms) => {
      until = Math.max(until, clock.monotonic() + ms)
    },
    over: async (signal) => {
      for (let left = until - clock.monotonic(); left > 0; left = until - clock.monotonic()) {
        await delay(clock, left, signal)
      }
    },
  }
}
