import type { RecordedEntry } from '../../../src/model/history.ts'
import type { StateDelta } from '../../../src/model/state.ts'
import type { Installation, Store } from '../../../src/ports/store.ts'
import { memoryStore } from '../../../src/store-memory/memory-store.ts'
import type { StoreHarness } from '../../../src/testing/index.ts'
import type { Broken } from '../prove.ts'

export const never = new AbortController().signal

/** The memory store, which is durable enough for another process that is none. */
export async function durableHarness(): Promise<StoreHarness> {
  const store: Store = { ...memoryStore(), supports: { durable: true, lease: true } }
  return { store, reopen: async () => store, close: () => store[Symbol.asyncDispose]() }
}

/** The store with some methods replaced. Another process finds the same fault. */
export function faulty(
  name: string,
  fails: readonly string[],
  fault: (store: Store) => Partial<Store>,
): Broken<StoreHarness> {
  return {
    name,
    fails,
    breaks: (harness) => {
      const store = { ...harness.store, ...fault(harness.store) }
      return { ...harness, store, reopen: async () => store }
    },
  }
}

/** A fault in what two processes share: what the first one does otherwise, and what all others do. */
export function faultyApart(
  name: string,
  fails: readonly string[],
  fault: (store: Store) => { readonly here?: Partial<Store>; readonly there?: Partial<Store> },
): Broken<StoreHarness> {
  return {
    name,
    fails,
    breaks: (harness) => {
      const { here, there } = fault(harness.store)
      const other = { ...harness.store, ...there }
      return { ...harness, store: { ...harness.store, ...here }, reopen: async () => other }
    },
  }
}

export const opening = (
  store: Store,
  open: (installation: Installation) => Installation,
): Partial<Store> => ({
  open: async (options) => open(await store.open(options)),
})

export const committing = (store: Store, change: (delta: StateDelta) => StateDelta): Partial<Store> => ({
  commit: (application, delta, options) => store.commit(application, change(delta), options),
})

export const loading = (store: Store, change: (...loaded: Loaded) => Loaded[0]): Partial<Store> => ({
  async load(application, options) {
    const loaded = await store.load(application, options)
    return loaded && change(loaded)
  },
})
type Loaded = [NonNullable<Awaited<ReturnType<Store['load']>>>]

export const telling = (
  store: Store,
  tell: (entries: readonly RecordedEntry[]) => readonly RecordedEntry[],
): Partial<Store> => ({
  history: async (application, options) => tell(await store.history(application, options)),
})

/** The version that is kept, whoever asks. */
export async function latest(store: Store, application: string): Promise<string | undefined> {
  return (await store.load(application, { signal: never }))?.version
}
