import type { ResourceKey, WatchHint } from '@mooring/core'

/** Hints about releases that somebody asks for, gathered while nobody takes them. */
export interface Hints {
  readonly ask: (keys: readonly ResourceKey[]) => void
  readonly forget: (keys: readonly ResourceKey[]) => void
  readonly tell: (keys: readonly ResourceKey[]) => void
  readonly tellAll: (reason: string) => void
  readonly of: (signal: AbortSignal) => AsyncIterable<WatchHint>
}

/** Nothing to tell yet. */
export function createHints(): Hints {
  const asked = new Set<ResourceKey>()
  const pending = new Set<ResourceKey>()
  let all: string | undefined
  let wake = (): void => {}
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
    },
    tellAll: (reason) => {
      all = reason
      wake()
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
