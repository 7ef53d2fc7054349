/** A number of places, handed out in the order of asking. */
export interface Slots {
  /** Runs once a place is free. Rejects with the signal's reason when that comes first. */
  readonly within: <Value>(signal: AbortSignal, run: () => Promise<Value>) => Promise<Value>
}

/** Places for this many at once. */
export function slots(count: number): Slots {
  let free = count
  const line: (() => void)[] = []
  const give = (): void => {
    const next = line.shift()
    if (next === undefined) free++
    else next()
  }
  const take = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (free > 0) {
        free--
        resolve()
        return
      }
      const leave = (): void => {
        line.splice(line.indexOf(enter), 1)
        reject(signal.reason)
      }
      const enter = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      signal.addEventListener('abort', leave, { once: true })
      line.push(enter)
    })
  return {
    within: async (signal, run) => {
      signal.throwIfAborted()
      await take(signal)
      try {
        return await run()
      } finally {
        give()
      }
    },
  }
}
