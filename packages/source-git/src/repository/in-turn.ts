/** Runs one piece of work at a time, in the order asked. A failure does not stop the ones after it. */
export type InTurn = <Value>(signal: AbortSignal, work: () => Promise<Value>) => Promise<Value>

/** Begins with nothing running. Work whose signal has been aborted before its turn does not begin. */
export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (signal, work) => {
    const next = last.then(() => {
      signal.throwIfAborted()
      return work()
    })
    last = next.catch(() => undefined)
    return next
  }
}
