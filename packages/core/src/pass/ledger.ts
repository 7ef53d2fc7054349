import { isMooringError } from '../errors/mooring-error.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { ResourceKey } from '../model/resource.ts'
import { type ApplicationHead, type ApplicationState, applyDelta, emptyState } from '../model/state.ts'
import type { Store } from '../ports/store.ts'

/** What one commit says; whatever is left out stays as it is. */
export interface Entry {
  readonly head?: ApplicationHead
  readonly set?: readonly InventoryEntry[]
  readonly remove?: readonly ResourceKey[]
  readonly history?: readonly HistoryEntry[]
}

/** The recorded state of one application, cached: reading it costs nothing until somebody else has written. */
export interface Ledger {
  readonly read: (signal: AbortSignal) => Promise<ApplicationState>
  /** What is known without asking the store. */
  readonly peek: () => ApplicationState
  /** Compare-and-set on what was read; throws `STATE_CONFLICT` and reads anew the next time. */
  readonly commit: (entry: Entry, signal: AbortSignal) => Promise<ApplicationState>
  /** Forgets the application. */
  readonly remove: (signal: AbortSignal) => Promise<void>
}

/** The ledger of one application in a store. */
export function ledger(application: string, store: Store, epoch: () => number): Ledger {
  let loads = 0
  let cached: { state: ApplicationState; version: string | undefined } | undefined

  const read = async (signal: AbortSignal): Promise<ApplicationState> => {
    if (cached === undefined) {
      const asked = ++loads
      const loaded = await store.load(application, { signal })
      const found = { state: loaded?.value ?? emptyState, version: loaded?.version }
      // An answer that something overtook, a commit or another load, is not the latest any more.
      if (asked === loads) cached ??= found
      return (cached ?? found).state
    }
    return cached.state
  }
  return {
    read,
    peek: () => cached?.state ?? emptyState,
    commit: async (entry, signal) => {
      const before = await read(signal)
      const { head = before.head, set = [], remove = [], history = [] } = entry
      const delta = { head, set, remove, history }
      try {
        const expected = cached?.version
        const version = await store.commit(application, delta, { signal, expected, epoch: epoch() })
        cached = { state: applyDelta(before, delta), version }
        return cached.state
      } catch (thrown) {
        // A commit that conflicted, or whose answer was lost, leaves us not knowing what is recorded.
        if (!isMooringError(thrown) || thrown.code !== 'SUPERSEDED') {
          loads++
          cached = undefined
        }
        throw thrown
      }
    },
    remove: async (signal) => {
      await read(signal)
      if (cached?.version !== undefined) {
        await store.remove(application, { signal, expected: cached.version, epoch: epoch() })
      }
      cached = undefined
    },
  }
}
