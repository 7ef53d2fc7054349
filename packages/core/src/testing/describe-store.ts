import type { ChildProcess } from 'node:child_process'
import type { Store } from '../ports/store.ts'
import { storeAbortFacts } from './store-facts/abort.ts'
import { anotherProcessFacts } from './store-facts/another-process.ts'
import { commitFacts } from './store-facts/commit.ts'
import { fileFacts } from './store-facts/files.ts'
import { historyFacts } from './store-facts/history.ts'
import { killedFacts } from './store-facts/killed.ts'
import { leaseFacts } from './store-facts/lease.ts'
import { openingFacts } from './store-facts/opening.ts'
import { removeFacts } from './store-facts/remove.ts'
import { stateFacts } from './store-facts/state.ts'
import { type StoreScene, storeScene } from './store-facts/store-scene.ts'
import type { StoreWork } from './store-process.ts'
import { type FactGroup, type Runner, registerFacts } from './suite.ts'

/** A store that nobody opened yet and that holds nothing. Made anew for each fact. */
export interface StoreHarness {
  readonly store: Store
  /**
   * Another store over the same memory, as another process makes one, whether `store` is disposed or not. It shares no
   * variable with `store`. A durable store's harness has it.
   */
  readonly reopen?: () => Promise<Store>
  /** What can be done to the files of a store that `supports.files`. Such a store's harness has it. */
  readonly files?: StoreFiles
  /** Takes everything down, with what `reopen` gave. Stores may be disposed already. */
  readonly close: () => PromiseLike<void>
}

/** Faults of files, and processes that use them. Stores that it gives are taken down by `close`. */
export interface StoreFiles {
  /**
   * Starts a process that calls `runStoreProcess` with this work and a store over the same files, with piped standard
   * output and error.
   */
  readonly spawn: (work: StoreWork) => ChildProcess
  /** A store over a copy of all files as they are now. It may be called while the only writer is stopped. */
  readonly copy: () => Promise<Store>
  /** A store over a damaged copy, another damage for each number: bytes that flipped, or an end that is missing. */
  readonly damagedCopy: (seed: number) => Promise<Store>
  /** A store over a copy whose files have no content. */
  readonly emptiedCopy: () => Promise<Store>
  /** Turns the files into those of a later version of Mooring. Nothing uses them then. */
  readonly makeNewer: () => Promise<void>
  /** Leaves `store` no room to write 100 kB. What it gives, makes room again. */
  readonly fill: () => Promise<() => Promise<void>>
  /** How many writers are killed. Default 20; a store's own tests should take hundreds. */
  readonly kills?: number
}

/** What {@link describeStore} is given. */
export interface StoreSuite extends Runner {
  readonly make: () => Promise<StoreHarness>
}

/**
 * The contract of a store as tests: what an engine relies on, one fact each. Facts about another process are skipped
 * where `store.supports.durable` is false, facts about files where `store.supports.files` is not true, facts about the lease where `store.supports.lease`
 * is not true.
 *
 * @example
 * ```ts
 * import { memoryStore } from '@mooring/core'
 * import { describeStore } from '@mooring/core/testing'
 * import { describe, test } from 'vitest'
 *
 * describeStore({
 *   describe,
 *   test,
 *   async make() {
 *     const store = memoryStore()
 *     return { store, close: () => store[Symbol.asyncDispose]() }
 *   },
 * })
 * ```
 */
export function describeStore({ make, ...runner }: StoreSuite): void {
  registerFacts(runner, storeFacts, async () => {
    const harness = await make()
    return { scene: storeScene(harness), close: harness.close }
  })
}

/** All facts of the store contract. */
const storeFacts: readonly FactGroup<StoreScene>[] = [
  { name: 'store opening', facts: openingFacts },
  { name: 'store lease', facts: leaseFacts },
  { name: 'store in another process', facts: anotherProcessFacts },
  { name: 'store files', facts: fileFacts },
  { name: 'store of killed processes', facts: killedFacts },
  { name: 'store state', facts: stateFacts },
  { name: 'store commit', facts: commitFacts },
  { name: 'store history', facts: historyFacts },
  { name: 'store remove', facts: removeFacts },
  { name: 'store abort', facts: storeAbortFacts },
]
