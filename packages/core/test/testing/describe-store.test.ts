import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/store-memory/memory-store.ts'
import { describeStore } from '../../src/testing/index.ts'
import { brokenProcesses } from './broken-stores/another-process.ts'
import { brokenCommits } from './broken-stores/commit.ts'
import { durableHarness } from './broken-stores/faulty-store.ts'
import { brokenAborts, brokenHistories, brokenRemovals } from './broken-stores/history-remove-abort.ts'
import { brokenOpenings } from './broken-stores/opening.ts'
import { brokenStates } from './broken-stores/state.ts'
import { outcomeOf, proveSuite } from './prove.ts'

describe('the store contract', () => {
  proveSuite({
    make: durableHarness,
    suite: (runner, make) => describeStore({ ...runner, make }),
    broken: [
      ...brokenOpenings,
      ...brokenProcesses,
      ...brokenStates,
      ...brokenCommits,
      ...brokenHistories,
      ...brokenRemovals,
      ...brokenAborts,
    ],
  })

  test('skips other processes where the store is not durable', async () => {
    const store = memoryStore()
    const make = async () => ({ store, close: async () => {} })
    const { skipped } = await outcomeOf((runner) => describeStore({ ...runner, make }))
    expect(skipped).toEqual(elsewhere)
  })

  test('fails a durable store whose harness cannot open it again', async () => {
    const make = async () => {
      const { store, close } = await durableHarness()
      return { store, close }
    }
    const { failed } = await outcomeOf((runner) => describeStore({ ...runner, make }))
    expect(failed.toSorted()).toEqual(
      [...elsewhere, 'keeps concurrent commits of several applications'].toSorted(),
    )
  })
})

/** Facts that nothing but another process can show. */
const elsewhere = [
  'keeps its installation when it is opened again by another process',
  'keeps state and history when it is opened again by another process',
  'shows another process what was committed, before anything is disposed',
  'rejects writes with SUPERSEDED once another process has opened it, and changes nothing',
  'lets another process read, and fences nobody off',
]
