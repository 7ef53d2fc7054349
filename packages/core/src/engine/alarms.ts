import type { Clock } from '../ports/clock.ts'

/** Moments on the wall clock at which somebody is woken. */
export interface Alarms<Sleeper> {
  /** Sets the one alarm of a sleeper, milliseconds since the epoch; undefined takes it back. */
  readonly set: (sleeper: Sleeper, at: number | undefined) => void
  /** Nobody is woken any more. */
  readonly close: () => void
}

/**
 * Alarms that keep to the wall clock, whichever way that is set: timers count what passes, and a window opens at what the
 * clock shows. So a timer is never longer than a second, and the time is looked at again.
 */
export function alarms<Sleeper>(clock: Clock, wake: (sleeper: Sleeper) => void): Alarms<Sleeper> {
  const due = new Map<Sleeper, number>()
  let cancel = (): void => {}
  const arm = (): void => {
    cancel()
    cancel = () => {}
    if (due.size === 0) return
    let first = Number.POSITIVE_INFINITY
    for (const at of due.values()) first = Math.min(first, at)
    cancel = clock.timer(Math.max(0, Math.min(first - clock.now(), longestMs)), ring)
  }
  const ring = (): void => {
    const now = clock.now()
    for (const [sleeper, at] of [...due]) {
      if (at > now) continue
      due.delete(sleeper)
      wake(sleeper)
    }
    arm()
  }
  let isClosed = false
  return {
    set: (sleeper, at) => {
      if (isClosed || due.get(sleeper) === at) return
      if (at === undefined) due.delete(sleeper)
      else due.set(sleeper, at)
      arm()
    },
    close: () => {
      isClosed = true
      due.clear()
      arm()
    },
  }
}

const longestMs = 1_000
