import type { Clock } from '../ports/clock.ts'

/** The longest delay `setTimeout` takes; a longer one would fire at once. */
const longestMs = 2_147_483_647

/** Held, because looking up the global one costs as much as asking it. */
const stopwatch = performance

/** The real time. A waiting timer keeps the process alive, as a listening server does. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => stopwatch.now(),
  timer: (afterMs, run) => {
    let handle: ReturnType<typeof setTimeout>
    const arm = (leftMs: number): void => {
      handle = setTimeout(
        () => (leftMs > longestMs ? arm(leftMs - longestMs) : run()),
        Math.max(0, Math.min(leftMs, longestMs)),
      )
    }
    arm(afterMs)
    return () => clearTimeout(handle)
  },
}
