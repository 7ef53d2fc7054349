/** Time, injected, so that tests own it and clock jumps can be tried. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for people and for what survives restarts. */
  readonly now: () => number
  /** Monotonic milliseconds from an arbitrary start: for delays and limits, untouched by clock jumps. */
  readonly monotonic: () => number
  /** Calls once after this many milliseconds. The function given back cancels it. */
  readonly timer: (afterMs: number, run: () => void) => () => void
}
