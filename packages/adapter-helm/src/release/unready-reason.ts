import type { Clock, Health } from '@mooring/core'

/** How a release is looked at while it is waited for. */
export interface Waiting {
  readonly clock: Clock
  /** Its health now; undefined where this is not the latest revision any more. Asks for as little as it can. */
  readonly health: (signal: AbortSignal) => Promise<Health | undefined>
  /** Calls when there may be news. Gives what ends that. */
  readonly listen: (run: () => void) => () => void
  /** Aborts when something newer is wanted: then nobody waits for this any more. */
  readonly overtaken: AbortSignal
}

/**
 * Why a release is not ready after this time: what its health says then. Undefined as soon as it is ready, or when there is
 * nothing left to wait for. What cannot be seen is not waited for. Woken by watches, not by polling.
 */
export async function unreadyReason(
  waitMs: number,
  waiting: Waiting,
  signal: AbortSignal,
): Promise<string | undefined> {
  const until = waiting.clock.monotonic() + waitMs
  for (;;) {
    let hasNews = false
    let wake = (): void => {}
    const endListening = waiting.listen(() => {
      hasNews = true
      wake()
    })
    try {
      const health = await waiting.health(signal)
      signal.throwIfAborted()
      if (waiting.overtaken.aborted || health === undefined) return undefined
      if (health.state !== 'progressing' && health.state !== 'degraded') return undefined
      const leftMs = until - waiting.clock.monotonic()
      if (leftMs <= 0) return health.message ?? `it is ${health.state}`
      if (hasNews) continue
      await new Promise<void>((resolve) => {
        const cancel = waiting.clock.timer(leftMs, () => wake())
        const either = AbortSignal.any([signal, waiting.overtaken])
        const onAbort = (): void => wake()
        wake = () => {
          cancel()
          either.removeEventListener('abort', onAbort)
          resolve()
        }
        either.addEventListener('abort', onAbort, { once: true })
        if (either.aborted) wake()
      })
      signal.throwIfAborted()
    } finally {
      endListening()
    }
  }
}
