import type { Store } from '@mooring/core'
import { describeStore } from '@mooring/core/testing'
import { expect, test, vi } from 'vitest'
import { outcomeOf } from '../../core/test/testing/prove.ts'
import type { Journal } from '../src/connection.ts'
import { harness, type SqliteHarness } from './harness.ts'
import { failureOf } from './scene.ts'

// Each fact about files must be able to fail: the store with one fault, and the facts that notice.
vi.setConfig({ testTimeout: 240_000 })

interface Fault {
  readonly name: string
  readonly breaks: (whole: SqliteHarness) => SqliteHarness
  readonly fails: readonly string[]
}

/** Another process, and whoever opens the file again, finds the same fault. */
const everywhere = (whole: SqliteHarness, fault: (store: Store) => Partial<Store>): SqliteHarness => {
  const broken = (store: Store): Store => ({ ...store, ...fault(store) })
  const { files } = whole
  return {
    ...whole,
    store: broken(whole.store),
    reopen: async () => broken(await whole.reopen()),
    files: {
      ...files,
      copy: async () => broken(await files.copy()),
      damagedCopy: async (seed) => broken(await files.damagedCopy(seed)),
      emptiedCopy: async () => broken(await files.emptiedCopy()),
    },
  }
}

/** With a few kills: what is wrong here is wrong at each. */
async function briefly(journal: Journal): Promise<SqliteHarness> {
  const whole = await harness(journal)
  return { ...whole, files: { ...whole.files, kills: 6 } }
}

const empty = {
  value: { formatVersion: 1, head: { deletions: [] }, inventory: new Map() },
  version: '1',
} as const

const faults: readonly Fault[] = [
  {
    name: 'later files that are taken for ours',
    fails: ['rejects files of a later version with STORE_TOO_NEW, and changes nothing'],
    breaks: (whole) => ({ ...whole, files: { ...whole.files, makeNewer: async () => {} } }),
  },
  {
    name: 'damage that reads as nothing',
    fails: [
      'gives what was committed or an error when its files are damaged, never anything else',
      'rejects files that were emptied with STORE_DAMAGED, and does not start anew',
      'rejects files of a later version with STORE_TOO_NEW, and changes nothing',
    ],
    breaks: (whole) =>
      everywhere(whole, (store) => ({
        load: (application, options) => store.load(application, options).catch(() => empty),
        history: (application, options) => store.history(application, options).catch(() => []),
        list: (options) => store.list(options).catch(() => []),
      })),
  },
  {
    name: 'an empty file that is a new store',
    fails: ['rejects files that were emptied with STORE_DAMAGED, and does not start anew'],
    breaks: (whole) => ({
      ...whole,
      files: { ...whole.files, emptiedCopy: async () => (await harness('wal')).store },
    }),
  },
  {
    name: 'a full disk that is half a commit',
    fails: [
      'rejects a commit that finds no room with STORE_FULL, changes nothing, and goes on when there is room',
    ],
    breaks: (whole) =>
      everywhere(whole, ({ commit }) => ({
        async commit(application, delta, options) {
          const half = { ...delta, set: [] }
          if (delta.set.length < 100) return commit(application, delta, options)
          await failureOf(commit(application, delta, options))
          return commit(application, half, options)
        },
      })),
  },
  {
    name: 'a commit whose entries come later',
    fails: [
      'keeps every commit that was answered, and nothing of half a commit, when the writer is killed',
      'finds the same in a copy of the files that was made in the middle of a write',
    ],
    breaks: (whole) => ({
      ...whole,
      files: { ...whole.files, spawn: (work) => whole.spawnBroken(work, 'torn') },
    }),
  },
  {
    name: 'an answer before the commit',
    fails: [
      'loses no commit of several processes that add to one application',
      'keeps every commit that was answered, and nothing of half a commit, when the writer is killed',
      'finds the same in a copy of the files that was made in the middle of a write',
    ],
    breaks: (whole) => ({
      ...whole,
      files: { ...whole.files, spawn: (work) => whole.spawnBroken(work, 'early') },
    }),
  },
  {
    name: 'a check apart from the write',
    fails: ['loses no commit of several processes that add to one application'],
    breaks: (whole) => ({
      ...whole,
      files: { ...whole.files, spawn: (work) => whole.spawnBroken(work, 'racing') },
    }),
  },
]

test.for(faults)('$name', async ({ breaks, fails }) => {
  const { failed } = await outcomeOf((runner) =>
    describeStore({
      describe: (name, define) =>
        name.endsWith('files') || name.endsWith('processes') ? define() : undefined,
      test: runner.test,
      make: async () => breaks(await briefly('wal')),
    }),
  )
  expect(failed.toSorted()).toEqual(fails.toSorted())
})
