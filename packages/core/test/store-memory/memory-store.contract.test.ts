import { describe, test } from 'vitest'
import { memoryStore } from '../../src/store-memory/memory-store.ts'
import { describeStore } from '../../src/testing/index.ts'

describeStore({
  describe,
  test,
  async make() {
    const store = memoryStore()
    return { store, close: () => store[Symbol.asyncDispose]() }
  },
})
