/** Work that several callers want at the same time is done once. */
export interface SharedWork {
  /**
   * The outcome of the work of this name: of the one under way, or of one begun now. A caller who aborts leaves alone;
   * when all have left, the work is aborted.
   */
  readonly join: <Value>(name: string, signal: AbortSignal, work: Work<Value>) => Promise<Value>
  /** Aborts everything under way with this reason, waits for its end, and lets nothing begin any more. */
  readonly end: (reason: Error) => Promise<void>
}

type Work<Value> = (signal: AbortSignal) => Promise<Value>

interface UnderWay {
  readonly outcome: Promise<unknown>
  readonly abort: AbortController
  callers: number
}

/** Begins with nothing under way. */
export function sharedWork(): SharedWork {
  const underWay = new Map<string, UnderWay>()
  const unsettled = new Set<Promise<unknown>>()
  let ended: Error | undefined

  const begin = (name: string, work: Work<unknown>): UnderWay => {
    const abort = new AbortController()
    const outcome = work(abort.signal)
    const begun = { outcome, abort, callers: 0 }
    underWay.set(name, begun)
    const settled = outcome
      .catch(() => undefined)
      .finally(() => {
        unsettled.delete(settled)
        if (underWay.get(name) === begun) underWay.delete(name)
      })
    unsettled.add(settled)
    return begun
  }

  return {
    join: async <Value>(name: string, signal: AbortSignal, work: Work<Value>): Promise<Value> => {
      signal.throwIfAborted()
      if (ended !== undefined) throw ended
      const joined = underWay.get(name) ?? begin(name, work)
      joined.callers++
      try {
        return (await orAbort(joined.outcome, signal)) as Value
      } finally {
        joined.callers--
        if (joined.callers === 0 && underWay.get(name) === joined) {
          underWay.delete(name)
          joined.abort.abort(signal.reason)
        }
      }
    },
    end: async (reason) => {
      ended ??= reason
      for (const { abort } of underWay.values()) abort.abort(ended)
      await Promise.all(unsettled)
    },
  }
}

/** The outcome, or the reason of an abort if that comes first. */
function orAbort(outcome: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
