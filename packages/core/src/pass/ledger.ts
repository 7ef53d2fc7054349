import { isMooringError } from '../errors/mooring-error.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { ResourceKey } from '../model/resource.ts'
import { type ApplicationHead, type ApplicationState, applyDelta, emptyState } from '../model/state.ts'
import type { Store } from '../ports/store.ts'
import { type Inheritance, inheritance, inheritedHistory } from './inheritance.ts'

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
  /** Writes down what is still recorded under former names, and removes it there. Nothing to do for most. */
  readonly takeOver: (signal: AbortSignal) => Promise<void>
  /** Forgets the application. */
  readonly remove: (signal: AbortSignal) => Promise<void>
}

interface Known {
  readonly state: ApplicationState
  readonly version: string | undefined
  /** Recorded under former names still; `state` shows it taken over. */
  readonly inherited?: Inheritance
  /** Read while another engine may write: good for what is under way, and not for the next question. */
  readonly isOfOthers?: true
}

/** Names an application had before, and the time that stands in the history of a takeover. */
export interface Formerly {
  readonly names: readonly string[]
  readonly now: () => number
}

/**
 * The ledger of one application in a store. What was read is kept only where the store was ours when it was read: else
 * another engine goes on writing, and each read asks the store.
 */
export function ledger(
  application: string,
  store: Store,
  epoch: () => number,
  formerly: Formerly = { names: [], now: () => 0 },
  isOurs: () => boolean = () => true,
): Ledger {
  let loads = 0
  let cached: Known | undefined

  const marked = (): Pick<Known, 'isOfOthers'> => (isOurs() ? {} : { isOfOthers: true })
  const look = async (signal: AbortSignal): Promise<Known> => {
    const whose = marked()
    const loaded = await store.load(application, { signal })
    const inherited = await inheritance(application, formerly.names, loaded?.value, store, signal)
    const state = inherited?.state ?? loaded?.value ?? emptyState
    return { state, version: loaded?.version, ...(inherited && { inherited }), ...whose }
  }
  const read = async (signal: AbortSignal): Promise<ApplicationState> => {
    if (cached === undefined || cached.isOfOthers) {
      const asked = ++loads
      const found = await look(signal)
      // An answer that something overtook, a commit or another load, is not the latest any more.
      if (asked === loads && (cached === undefined || cached.isOfOthers)) cached = found
      return (cached ?? found).state
    }
    return cached.state
  }
  /** A commit, or a removal, that conflicted or whose answer was lost leaves us not knowing what is recorded. */
  const unlessUnknown = async <Value>(write: Promise<Value>): Promise<Value> => {
    try {
      return await write
    } catch (thrown) {
      if (!isMooringError(thrown) || thrown.code !== 'SUPERSEDED') {
        loads++
        cached = undefined
      }
      throw thrown
    }
  }
  /** Written under the new name before it is removed under the old: a crash in between leaves it twice, never nowhere. */
  const takeOver = async (signal: AbortSignal): Promise<void> => {
    await read(signal)
    const { inherited, state } = cached ?? {}
    if (inherited === undefined || state === undefined) return
    let version = cached?.version
    if (inherited.takeover !== undefined) {
      const history = await inheritedHistory(application, inherited, store, formerly.now(), signal)
      const delta = { head: state.head, set: inherited.takeover.set, remove: [], history }
      const options = { signal, expected: version, epoch: epoch() }
      version = await unlessUnknown(store.commit(application, delta, options))
      const { takeover: _, ...leftOver } = inherited
      cached = { state, version, inherited: leftOver, ...marked() }
    }
    for (const { name, version: expected } of inherited.leftovers)
      await unlessUnknown(store.remove(name, { signal, expected, epoch: epoch() }))
    cached = { state, version, ...marked() }
  }
  return {
    read,
    takeOver,
    peek: () => cached?.state ?? emptyState,
    commit: async (entry, signal) => {
      await takeOver(signal)
      const before = await read(signal)
      const { head = before.head, set = [], remove = [], history = [] } = entry
      const delta = { head, set, remove, history }
      const expected = cached?.version
      const options = { signal, expected, epoch: epoch() }
      const version = await unlessUnknown(store.commit(application, delta, options))
      cached = { state: applyDelta(before, delta), version, ...marked() }
      return cached.state
    },
    remove: async (signal) => {
      await takeOver(signal)
      if (cached?.version !== undefined) {
        await store.remove(application, { signal, expected: cached.version, epoch: epoch() })
      }
      cached = undefined
    },
  }
}
