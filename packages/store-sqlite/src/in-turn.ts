/** Runs what it is given one after the other. What is aborted before its turn does not start. */
export function inTurn(): <Value>(signal: AbortSignal, work: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve()
  return (signal, work) => {
    const mine = last.then(() => {
      signal.throwIfAborted()
      return work()
    })
    last = mine.catch(() => undefined)
    return mine
  }
}
