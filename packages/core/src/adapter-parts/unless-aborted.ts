/**
 * The same promise, or the signal's reason as soon as it aborts, also where it has already. What was asked for goes on, for
 * whoever else waits for it.
 */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const leave = (): void => signal.removeEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(leave)
  })
}
