import type { ResourceKey, WatchHint } from '@mooring/core'

/** One target's interest in live objects, and the hints it has not told yet. */
export interface Subscriber {
  readonly ask: (keys: readonly ResourceKey[]) => void
  readonly forget: (keys: readonly ResourceKey[]) => void
  readonly hints: (signal: AbortSignal) => AsyncIterable<WatchHint>
  readonly leave: () => void
}

/** Everybody who wants to know when live objects change. */
export interface Subscribers {
  readonly join: () => Subscriber
  readonly tell: (keys: readonly ResourceKey[]) => void
  readonly tellAll: (reason: string) => void
}

interface Member {
  readonly asked: Set<ResourceKey>
  readonly pending: Set<ResourceKey>
  all: string | undefined
  wake: () => void
}

/** Nobody yet. */
export function createSubscribers(): Subscribers {
  const members = new Set<Member>()
  return {
    join: () => {
      const member: Member = { asked: new Set(), pending: new Set(), all: undefined, wake: () => undefined }
      members.add(member)
      return {
        ask: (keys) => {
          for (const key of keys) member.asked.add(key)
        },
        forget: (keys) => {
          for (const key of keys) member.asked.delete(key)
        },
        hints: (signal) => hintsOf(member, signal),
        leave: () => void members.delete(member),
      }
    },
    tell: (keys) => {
      for (const member of members) {
        let isConcerned = false
        for (const key of keys) {
          if (!member.asked.has(key)) continue
          member.pending.add(key)
          isConcerned = true
        }
        if (isConcerned) member.wake()
      }
    },
    tellAll: (reason) => {
      for (const member of members) {
        member.all = reason
        member.wake()
      }
    },
  }
}

/** Hints as they come; those that come while nobody takes them are gathered into one. */
async function* hintsOf(member: Member, signal: AbortSignal): AsyncGenerator<WatchHint> {
  while (!signal.aborted) {
    if (member.all !== undefined) {
      const reason = member.all
      member.all = undefined
      yield { all: true, reason }
    } else if (member.pending.size > 0) {
      const keys = [...member.pending]
      member.pending.clear()
      yield { keys }
    } else {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done)
          resolve()
        }
        member.wake = done
        signal.addEventListener('abort', done, { once: true })
      })
    }
  }
}
