import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../ports/clock.ts'

/** A clock that a test moves. */
export interface SimulatedClock extends Clock {
  /**
   * Lets this many milliseconds pass: runs what falls due, earliest first and equal times in the order they were set,
   * each at its own time. Before and after each timer the work under way runs until it waits for something, so a timer
   * set by what another one started is run too if it falls due. What a timer throws is thrown here.
   */
  readonly advance: (ms: number) => Promise<void>
  /** Moves the wall clock alone, forward or (negative) back, as an operator or a time server does. No timer moves. */
  readonly jump: (ms: number) => void
  /** Timers that are set and have not run. */
  readonly pending: () => number
}

/**
 * Time for tests: nothing passes unless the test says so.
 *
 * @param start What the wall clock shows first, milliseconds since the epoch. Default the start of 2026, so that a test
 *   that takes the monotonic time, which starts at 0, for the wall clock fails.
 *
 * @example
 * ```ts
 * const clock = simulatedClock()
 * clock.timer(1000, () => done.push('second'))
 * await clock.advance(999)  // nothing yet
 * await clock.advance(1)    // done: ['second']
 * ```
 */
export function simulatedClock(start: number = Date.UTC(2026, 0, 1)): SimulatedClock {
  const timers: Timer[] = []
  let monotonic = 0
  let wallOffset = start

  return {
    now: () => wallOffset + monotonic,
    monotonic: () => monotonic,

    timer(afterMs, run) {
      const timer: Timer = { dueAt: monotonic + Math.max(0, afterMs), run }
      timers.splice(placeOf(timers, timer.dueAt), 0, timer)
      return () => {
        const at = timers.indexOf(timer)
        if (at >= 0) timers.splice(at, 1)
      }
    },

    async advance(ms) {
      const until = monotonic + ms
      await turn()
      for (let next = timers[0]; next !== undefined && next.dueAt <= until; next = timers[0]) {
        timers.shift()
        monotonic = Math.max(monotonic, next.dueAt)
        next.run()
        await turn()
      }
      monotonic = until
      await turn()
    },

    jump(ms) {
      wallOffset += ms
    },

    pending: () => timers.length,
  }
}

interface Timer {
  readonly dueAt: number
  readonly run: () => void
}

/** Where a timer due at this time belongs: after all that are due then or earlier. */
function placeOf(timers: readonly Timer[], dueAt: number): number {
  let low = 0
  let high = timers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timers[middle] as Timer).dueAt <= dueAt) low = middle + 1
    else high = middle
  }
  return low
}
