import { unlessAborted } from '@mooring/core'

/** Work that several callers want at the same time and that is done once. */
export interface SharedRun<Value> {
  /**
   * The outcome of the run under way, or of one begun now. A caller who aborts leaves alone; when all have left, the run
   * is aborted.
   */
  readonly join: (signal: AbortSignal) => Promise<Value>
  /** Resolves when no run is under way, whatever it ended with. */
  readonly settled: (signal: AbortSignal) => Promise<void>
}

interface Run<Value> {
  readonly outcome: Promise<Value>
  readonly abort: AbortController
  callers: number
}

/** Begins with no run under way. */
export function sharedRun<Value>(work: (signal: AbortSignal) => Promise<Value>): SharedRun<Value> {
  let running: Run<Value> | undefined

  const begin = (): Run<Value> => {
    const abort = new AbortController()
    const run = { outcome: work(abort.signal), abort, callers: 0 }
    const forget = (): void => {
      if (running === run) running = undefined
    }
    run.outcome.then(forget, forget)
    return run
  }

  return {
    join: async (signal) => {
      signal.throwIfAborted()
      running ??= begin()
      const run = running
      run.callers++
      try {
        return await unlessAborted(run.outcome, signal)
      } finally {
        run.callers--
        if (run.callers === 0 && running === run) {
          running = undefined
          run.abort.abort(signal.reason)
        }
      }
    },
    settled: async (signal) => {
      const under = running?.outcome
      if (under !== undefined) await unlessAborted(under.then(ignore, ignore), signal)
    },
  }
}

const ignore = (): void => undefined
