import type { Clock } from '@mooring/core'

/** Measures how long nothing was heard. */
export interface Silence {
  /** Somebody listens from now on. */
  readonly begin: () => void
  /** Something was heard, or nobody listens. */
  readonly end: () => void
  readonly stop: () => void
}

/** Calls once when somebody has listened this long and heard nothing. One timer, however much is heard. */
export function silence(clock: Clock, afterMs: number, onSilence: () => void): Silence {
  let since: number | undefined
  let cancel = clock.timer(afterMs, () => look())

  const look = (): void => {
    const heardMs = since === undefined ? 0 : clock.monotonic() - since
    if (heardMs >= afterMs) onSilence()
    else cancel = clock.timer(afterMs - heardMs, look)
  }

  return {
    begin: () => {
      since = clock.monotonic()
    },
    end: () => {
      since = undefined
    },
    stop: () => cancel(),
  }
}
