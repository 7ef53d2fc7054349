import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/store-memory/memory-store.ts'
import { describeStore } from '../../src/testing/index.ts'
import { brokenProcesses } from './broken-stores/another-process.ts'
import { brokenCommits } from './broken-stores/commit.ts'
import { durableHarness } from './broken-stores/faulty-store.ts'
import { brokenAborts, brokenHistories, brokenRemovals } from './broken-stores/history-remove-abort.ts'
import { brokenLeases, leaseFactNames } from './broken-stores/lease.ts'
import { brokenOpenings } from './broken-stores/opening.ts'
import { brokenStates } from './broken-stores/state.ts'
import { outcomeOf, proveSuite } from './prove.ts'

describe('the store contract', () => {
  proveSuite({
    make: durableHarness,
    skips: withFiles,
    suite: (runner, make) => describeStore({ ...runner, make }),
    broken: [
      ...brokenOpenings,
      ...brokenLeases,
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
    expect(skipped).toEqual([...elsewhere, ...withFiles])
  })

  test('fails a durable store whose harness cannot open it again', async () => {
    const make = async () => {
      const { store, close } = await durableHarness()
      return { store, close }
    }
    const { failed } = await outcomeOf((runner) => describeStore({ ...runner, make }))
    expect(failed.toSorted()).toEqual(
      [
        ...elsewhere,
        'keeps concurrent commits of several applications',
        ...leaseFactNames.filter((name) => !leaseOfOneProcess.includes(name)),
      ].toSorted(),
    )
  })
})

const leaseOfOneProcess: readonly string[] = [
  'shows no lease where nobody has taken one',
  'shows another version of the lease after each renewal',
]

/** Facts that nothing but another process can show. */
const elsewhere = [
  'keeps its installation when it is opened again by another process',
  'keeps state and history when it is opened again by another process',
  'shows another process what was committed, before anything is disposed',
  'rejects writes with SUPERSEDED once another process has opened it, and changes nothing',
  'lets another process read, and fences nobody off',
]

/** Facts about files, which store-sqlite proves with real ones. */
const withFiles = [
  'rejects files of a later version with STORE_TOO_NEW, and changes nothing',
  'gives what was committed or an error when its files are damaged, never anything else',
  'rejects files that were emptied with STORE_DAMAGED, and does not start anew',
  'rejects a commit that finds no room with STORE_FULL, changes nothing, and goes on when there is room',
  'loses no commit of several processes that add to one application',
  'keeps every commit that was answered, and nothing of half a commit, when the writer is killed',
  'finds the same in a copy of the files that was made in the middle of a write',
]
