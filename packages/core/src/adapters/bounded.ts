import type { MooringError } from '../errors/mooring-error.ts'
import type { Clock } from '../ports/clock.ts'

/** How long an adapter may take, and what to say when it takes longer. */
export interface Bounds {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly onTimeout: () => MooringError
}

/**
 * Runs adapter code with an end: when the caller aborts or time is up, the adapter's signal is aborted and the caller gets
 * its answer at once, whether the adapter listens or not. `settled` tells when the adapter itself is through.
 */
export function bounded<Value>(
  bounds: Bounds,
  run: (signal: AbortSignal) => Promise<Value>,
): { readonly result: Promise<Value>; readonly settled: Promise<void> } {
  const { clock, signal, timeoutMs, onTimeout } = bounds
  const inner = new AbortController()
  // Called from a promise, so that an adapter that throws before its first await rejects like any other.
  const running = signal.aborted
    ? Promise.reject(signal.reason)
    : Promise.resolve().then(() => run(inner.signal))
  const settled = running.then(
    () => undefined,
    () => undefined,
  )
  const result = new Promise<Value>((resolve, reject) => {
    const stop = (reason: unknown): void => {
      release()
      reject(reason)
      inner.abort(reason)
    }
    const onAbort = (): void => stop(signal.reason)
    const cancel = clock.timer(timeoutMs, () => stop(onTimeout()))
    const release = (): void => {
      cancel()
      signal.removeEventListener('abort', onAbort)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    running.then(
      (value) => {
        release()
        resolve(value)
      },
      (thrown) => {
        release()
        reject(thrown)
      },
    )
  })
  return { result, settled }
}
