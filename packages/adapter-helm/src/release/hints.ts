import type { ResourceKey, WatchHint } from '@mooring/core'

/** Hints about releases that somebody asks for, gathered while nobody takes them. */
export interface Hints {
  readonly ask: (keys: readonly ResourceKey[]) => void
  readonly forget: (keys: readonly ResourceKey[]) => void
  readonly tell: (keys: readonly ResourceKey[]) => void
  readonly tellAll: (reason: string) => void
  readonly of: (signal: AbortSignal) => AsyncIterable<WatchHint>
  /** Calls whenever there may be news of this one, asked for or not. Gives what ends that. */
  readonly listen: (key: ResourceKey, run: () => void) => () => void
}

/** Nothing to tell yet. */
export function createHints(): Hints {
  const asked = new Set<ResourceKey>()
  const pending = new Set<ResourceKey>()
  let all: string | undefined
  let wake = (): void => {}
  const listeners = new Map<() => void, ResourceKey>()
  const tellListeners = (isMeant: (key: ResourceKey) => boolean): void => {
    for (const [run, key] of [...listeners]) if (isMeant(key)) run()
  }
  return {
    ask: (keys) => {
      for (const key of keys) asked.add(key)
    },
    forget: (keys) => {
      for (const key of keys) asked.delete(key)
    },
    tell: (keys) => {
      for (const key of keys) if (asked.has(key)) pending.add(key)
      if (pending.size > 0) wake()
      tellListeners((key) => keys.includes(key))
    },
    tellAll: (reason) => {
      all = reason
      wake()
      tellListeners(() => true)
    },
    listen: (key, run) => {
      const own = (): void => run()
      listeners.set(own, key)
      return () => void listeners.delete(own)
    },
    of: async function* (signal) {
      while (!signal.aborted) {
        if (all !== undefined) {
          const reason = all
          all = undefined
          yield { all: true, reason }
        } else if (pending.size > 0) {
          const keys = [...pending]
          pending.clear()
          yield { keys }
        } else {
          await new Promise<void>((resolve) => {
            wake = () => {
              signal.removeEventListener('abort', wake)
              resolve()
            }
            signal.addEventListener('abort', wake, { once: true })
          })
        }
      }
    },
  }
}
