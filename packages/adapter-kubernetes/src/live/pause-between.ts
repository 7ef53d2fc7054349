import type { Clock } from '@mooring/core'

const firstMs = 800
const longestMs = 30_000

/**
 * Waits before the next try: 0.8 s, doubling up to 30 s, up to twice that by chance, as client-go's reflector does; or what the server asked
 * for. Ends early, without an error, when the signal aborts.
 */
export function pauseBetween(
  clock: Clock,
  failures: number,
  askedMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const backoff = Math.min(firstMs * 2 ** failures, longestMs) * (1 + Math.random())
  return new Promise((resolve) => {
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.timer(askedMs ?? backoff, done)
    if (signal.aborted) done()
    else signal.addEventListener('abort', done, { once: true })
  })
}
