import type { Store } from '../ports/store.ts'
import { storeAbortFacts } from './store-facts/abort.ts'
import { anotherProcessFacts } from './store-facts/another-process.ts'
import { commitFacts } from './store-facts/commit.ts'
import { historyFacts } from './store-facts/history.ts'
import { openingFacts } from './store-facts/opening.ts'
import { removeFacts } from './store-facts/remove.ts'
import { stateFacts } from './store-facts/state.ts'
import { type StoreScene, storeScene } from './store-facts/store-scene.ts'
import { type FactGroup, type Runner, registerFacts } from './suite.ts'

/** A store that nobody opened yet and that holds nothing. Made anew for each fact. */
export interface StoreHarness {
  readonly store: Store
  /**
   * Another store over the same memory, as another process makes one, whether `store` is disposed or not. It shares no
   * variable with `store`. A durable store's harness has it.
   */
  readonly reopen?: () => Promise<Store>
  /** Takes everything down, with what `reopen` gave. Stores may be disposed already. */
  readonly close: () => PromiseLike<void>
}

/** What {@link describeStore} is given. */
export interface StoreSuite extends Runner {
  readonly make: () => Promise<StoreHarness>
}

/**
 * The contract of a store as tests: what an engine relies on, one fact each. Facts about another process are skipped
 * where `store.supports.durable` is false.
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
  { name: 'store in another process', facts: anotherProcessFacts },
  { name: 'store state', facts: stateFacts },
  { name: 'store commit', facts: commitFacts },
  { name: 'store history', facts: historyFacts },
  { name: 'store remove', facts: removeFacts },
  { name: 'store abort', facts: storeAbortFacts },
]
