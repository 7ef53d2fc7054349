import type { Clock } from '../ports/clock.ts'
import type { WatchHint } from '../ports/target.ts'

const firstPauseMs = 1_000
const longestPauseMs = 60_000

/** The part of a target that tells when to look again. */
export interface Watchable {
  readonly watch?: (options: { readonly signal: AbortSignal }) => AsyncIterable<WatchHint>
}

/**
 * Follows a target's hints until the signal aborts. A watch that ends or fails is begun again after a growing pause, and
 * everything is looked at, because nobody knows what it missed.
 */
export async function watchTarget(
  target: Watchable,
  clock: Clock,
  signal: AbortSignal,
  onHint: (hint: WatchHint) => void,
): Promise<void> {
  if (target.watch === undefined) return
  let pauseMs = firstPauseMs
  while (!signal.aborted) {
    try {
      for await (const hint of target.watch({ signal })) {
        if (signal.aborted) return
        pauseMs = firstPauseMs
        onHint(hint)
      }
    } catch {
      // A watch is only a hint: its failure is answered by looking again, and the pass reports what is really wrong.
    }
    if (signal.aborted) return
    await pause(clock, pauseMs, signal)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    if (!signal.aborted) onHint({ all: true, reason: 'the watch ended' })
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.timer(ms, done)
    signal.addEventListener('abort', done, { once: true })
  })
}
