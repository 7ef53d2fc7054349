import { type HookRuns, type HookRunsDeps, hookRuns } from '../pass/hook-runs.ts'

/** The hook functions of every application of an engine. */
export interface HookRunsByName {
  /** Kept when a definition is replaced: a function of the one before may run still. */
  readonly of: (application: string) => HookRuns
  /** Tells those of an application that goes to end. */
  readonly abort: (application: string, reason: unknown) => void
  /** Resolves when none runs and how each ended is on record. */
  readonly settled: () => Promise<void>
}

/** Hook runs by the name of their application. `onEnd` hears whose function has ended. */
export function hookRunsByName(
  deps: Omit<HookRunsDeps, 'application' | 'onEnd'> & {
    readonly onEnd: (application: string) => Promise<void>
  },
): HookRunsByName {
  const known = new Map<string, HookRuns>()
  return {
    of: (application) => {
      const made =
        known.get(application) ?? hookRuns({ ...deps, application, onEnd: () => deps.onEnd(application) })
      known.set(application, made)
      return made
    },
    abort: (application, reason) => known.get(application)?.abort(() => true, reason),
    settled: async () => {
      await Promise.all([...known.values()].map((runs) => runs.settled()))
    },
  }
}
