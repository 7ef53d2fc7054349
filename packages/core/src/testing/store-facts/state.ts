import assert from 'node:assert/strict'
import type { ApplicationHead } from '../../model/state.ts'
import { entryOf, historyOf, type StoreFact } from './store-scene.ts'

/** What is kept of an application. */
export const stateFacts: readonly StoreFact[] = [
  {
    name: 'has nothing of an application that was never committed',
    async run({ store, never, commit, history }) {
      await commit('other', { set: [entryOf('a')] })
      assert.equal(await store.load('app', never), undefined)
      assert.deepEqual(await history('app'), [])
    },
  },
  {
    name: 'gives back the head, the inventory and the version that were committed',
    async run({ commit, mustLoad }) {
      const version = await commit('app', { head, set: [entryOf('a'), { key: 'b', label: 'b' }] })
      const loaded = await mustLoad('app')
      assert.equal(loaded.version, version)
      assert.equal(loaded.value.formatVersion, 1)
      assert.deepEqual(loaded.value.head, head)
      assert.deepEqual(
        loaded.value.inventory,
        new Map([
          ['b', { key: 'b', label: 'b' }],
          ['a', entryOf('a')],
        ]),
      )
    },
  },
  {
    name: 'sets and removes the entries a delta names, and keeps the others',
    async run({ commit, mustLoad }) {
      const first = await commit('app', { set: [entryOf('kept'), entryOf('changed'), entryOf('removed')] })
      await commit(
        'app',
        { set: [entryOf('changed', 'other'), entryOf('added')], remove: ['removed', 'never'] },
        first,
      )
      const { inventory } = (await mustLoad('app')).value
      assert.deepEqual([...inventory.keys()].sort(), ['added', 'changed', 'kept'])
      assert.deepEqual(inventory.get('changed'), entryOf('changed', 'other'))
      assert.deepEqual(inventory.get('kept'), entryOf('kept'))
    },
  },
  {
    name: 'replaces the whole head and every field of an entry',
    async run({ commit, mustLoad }) {
      const first = await commit('app', { head, set: [entryOf('a')] })
      await commit('app', { set: [{ key: 'a', label: 'bare' }] }, first)
      const { value } = await mustLoad('app')
      assert.deepEqual(value.head, { deletions: [] })
      assert.deepEqual(value.inventory.get('a'), { key: 'a', label: 'bare' })
    },
  },
  {
    name: 'gives every commit a version of its own',
    async run({ commit }) {
      const first = await commit('app', {})
      const second = await commit('app', {}, first)
      const third = await commit('app', {}, second)
      assert.equal(new Set([first, second, third]).size, 3)
    },
  },
  {
    name: 'leaves a state that was loaded as it was',
    async run({ commit, mustLoad }) {
      const first = await commit('app', { head, set: [entryOf('a')] })
      const { value } = await mustLoad('app')
      await commit('app', { set: [entryOf('a', 'other'), entryOf('b')] }, first)
      assert.deepEqual(value, { formatVersion: 1, head, inventory: new Map([['a', entryOf('a')]]) })
    },
  },
  {
    name: 'keeps applications apart',
    async run({ store, never, commit, mustLoad, history }) {
      await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      await commit('app/2', { set: [entryOf('b')], history: [historyOf(2)] })
      assert.deepEqual([...(await mustLoad('app')).value.inventory.keys()], ['a'])
      assert.deepEqual([...(await mustLoad('app/2')).value.inventory.keys()], ['b'])
      assert.deepEqual(await history('app'), [historyOf(1)])
      assert.deepEqual([...(await store.list(never))].sort(), ['app', 'app/2'])
    },
  },
  {
    name: 'keeps an inventory of 5,000 entries',
    async run({ commit, mustLoad }) {
      const set = Array.from({ length: 5000 }, (_, at) =>
        entryOf(`apps/Deployment/namespace-${at % 50}/name-${at}`),
      )
      const first = await commit('app', { set })
      await commit('app', { remove: set.slice(0, 100).map(({ key }) => key) }, first)
      const { inventory } = (await mustLoad('app')).value
      assert.equal(inventory.size, 4900)
      for (const entry of set.slice(100)) assert.deepEqual(inventory.get(entry.key), entry)
    },
  },
  {
    name: 'keeps keys and names made of any characters',
    async run({ store, never, commit, mustLoad }) {
      const application = 'Größe ../"__proto__"\n漢字'
      await commit(application, { set: oddKeys.map((key) => entryOf(key)) })
      const { inventory } = (await mustLoad(application)).value
      assert.deepEqual([...inventory.keys()].sort(), [...oddKeys].sort())
      for (const key of oddKeys) assert.deepEqual(inventory.get(key), entryOf(key))
      assert.deepEqual(await store.list(never), [application])
    },
  },
]

const oddKeys = [
  '__proto__',
  'constructor',
  'with space/and\nnewline\ttab',
  'quoted "\'`; DROP TABLE',
  '漢字 🚢 é',
  'e\u0301',
  'a/b',
  'a//b',
  'A/B',
  '..',
  `long/${'x'.repeat(500)}`,
]

const revision = {
  id: 'r1',
  label: 'main@r1',
  author: 'Ada',
  message: 'First\n\nBody',
  at: 1_700_000_000_000,
}

const head: ApplicationHead = {
  target: 'cluster',
  operation: {
    id: 'o1',
    cause: 'manual',
    actor: 'ci',
    revision,
    desiredDigest: 'desired',
    planId: 'plan',
    approvedPlanId: 'plan',
    changed: ['a', 'b'],
    counts: { created: 1, updated: 2, deleted: 3, replaced: 4, released: 5, failed: 6, held: 7 },
    message: 'because',
    attempts: 2,
    startedAt: 1_700_000_000_001,
    deadlineAt: 1_700_000_600_001,
    heldSince: 1_700_000_000_002,
  },
  settled: { id: 'o0', desiredDigest: 'before', outcome: 'failed', reasons: ['because'] },
  applied: revision,
  suspended: { by: 'Ada', at: 3, reason: 'audit' },
  pin: { revision, by: 'Ada', at: 4 },
  deletions: [{ at: 1_700_000_000_000, count: 3 }],
}
