import type { Store } from '@mooring/core'
import type { Api } from '../transport/api.ts'
import { commitDelta } from './commit-delta.ts'
import { createGarbage } from './garbage.ts'
import { readLease, releaseLease, renewLease } from './lease.ts'
import { listApplications } from './list-applications.ts'
import { loadState } from './load-state.ts'
import { openStore } from './open-store.ts'
import { readHistory } from './read-history.ts'
import { removeApplication } from './remove-application.ts'
import { createSecrets } from './secrets.ts'
import { invalidOption, storeDisposed } from './store-errors.ts'
import { type StoreLimits, storeLimits } from './store-limits.ts'
import type { StoreParts } from './store-parts.ts'

/** What can be told to a store in a cluster. */
export interface ClusterStoreOptions {
  /**
   * Where its Secrets stand. It must exist. A namespace of their own is best: who may read them has the key of all
   * digests, and the role that the store needs holds for all Secrets of the namespace.
   */
  readonly namespace: string
  /** Tells stores of one namespace apart. Default `mooring`. Up to 40 lower-case letters, digits and dashes. */
  readonly name?: string
  /** How many history entries are kept of each application. Default 1000; older ones go some dozens at a time. */
  readonly historyEntries?: number
}

/** What a store is made of. */
export interface ClusterStoreParts {
  readonly cluster: string
  readonly options: ClusterStoreOptions
  readonly api: () => Api
  /** The store was disposed. */
  readonly leave: () => Promise<void>
  /** Default {@link storeLimits}. */
  readonly limits?: StoreLimits
}

/**
 * A durable store in Secrets of a cluster. No I/O before the first call.
 *
 * The state of an application stands in one Secret, its head: a commit reads it, and replaces it if it is still the
 * version that was read, so state and history change together or not at all. What makes the head large (an inventory of
 * more than some hundred resources, older history) moves to immutable Secrets, which are written before the head that
 * names them and deleted after the head that names them no more. Whoever is killed in between leaves Secrets that nobody
 * names; the next opening deletes them.
 *
 * Fence: an opening raises the epoch of the installation and writes it into every head, so that whoever read a head under
 * an older epoch cannot replace it. Once `open` has answered, no commit and no removal of an older opening takes effect.
 * While `open` is under way those of the opening before may; the new engine has loaded nothing by then. An opening that
 * ends halfway leaves some heads fenced; both are solved by opening again.
 *
 * The lease stands beside the epoch; a renewal is one patch of the installation's Secret.
 *
 * Beside what {@link Store} says, calls throw `LEASE_HELD`, `STORE_DAMAGED`, `STORE_TOO_NEW`, `STORE_BUSY`, `STATE_TOO_LARGE` and
 * `FORBIDDEN`, the errors of the connection and of refused writes (`CLUSTER_UNREACHABLE`, `NAMESPACE_MISSING`,
 * `QUOTA_EXCEEDED`, …), and after disposal `STORE_DISPOSED`. Made with options that cannot be used it throws
 * `INVALID_OPTION`.
 */
export function clusterStore({ cluster, options, api, leave, limits }: ClusterStoreParts): Store {
  const { namespace, name: store = 'mooring', historyEntries = 1000 } = options
  assertOptions(namespace, store, historyEntries)
  const parts: StoreParts = {
    scope: { namespace, store },
    secrets: createSecrets({ namespace, store }, api),
    garbage: createGarbage(),
    limits: limits ?? storeLimits,
    historyEntries,
    known: {},
  }
  const name = `kubernetes:${cluster}/${namespace}/${store}`
  let isDisposed = false
  const begin = (signal: AbortSignal): StoreParts => {
    signal.throwIfAborted()
    if (isDisposed) throw storeDisposed(name)
    return parts
  }
  return {
    name,
    supports: { durable: true, lease: true },
    open: async (opening) => openStore(begin(opening.signal), opening),
    lease: {
      read: async ({ signal }) => readLease(begin(signal), signal),
      renew: async ({ signal, epoch }) => renewLease(begin(signal), epoch, signal),
      release: async ({ signal, epoch }) => releaseLease(begin(signal), epoch, signal),
    },
    load: async (application, { signal }) => loadState(begin(signal), application, signal),
    commit: async (application, delta, on) => commitDelta(begin(on.signal), application, delta, on),
    history: async (application, { signal, ...range }) =>
      readHistory(begin(signal), application, range, signal),
    list: async ({ signal }) => listApplications(begin(signal), signal),
    remove: async (application, on) => removeApplication(begin(on.signal), application, on),
    [Symbol.asyncDispose]: async () => {
      if (isDisposed) return
      isDisposed = true
      await leave()
    },
  }
}

function assertOptions(namespace: string, store: string, historyEntries: number): void {
  if (!label.test(namespace) || namespace.length > 63) {
    throw invalidOption('namespace', 'the name of a namespace', JSON.stringify(namespace))
  }
  if (!label.test(store) || store.length > 40) {
    throw invalidOption('name', 'up to 40 lower-case letters, digits and dashes', JSON.stringify(store))
  }
  if (!Number.isSafeInteger(historyEntries) || historyEntries < 1) {
    throw invalidOption('historyEntries', 'a whole number above 0', String(historyEntries))
  }
}

const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
