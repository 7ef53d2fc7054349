import assert from 'node:assert/strict'
import type { Store } from '../../ports/store.ts'
import { rejectsWithCode } from '../expectations.ts'
import { entryOf, historyOf, nothing, type StoreFact, type StoreScene } from './store-scene.ts'

const notDurable: StoreFact['unless'] = ({ store }) =>
  store.supports.durable ? undefined : 'supports.durable is false'

/** One memory for several processes, after one another and at once. */
export const processFacts: readonly StoreFact[] = [
  {
    name: 'keeps its installation when it is opened again by another process',
    unless: notDurable,
    async run(scene) {
      const first = await scene.store.open(scene.never)
      const second = await (await reopened(scene)).open(scene.never)
      assert.equal(second.id, first.id)
      assert.deepEqual([...second.digestKey], [...first.digestKey])
      assert.ok(second.epoch > first.epoch, 'Expected the epoch to rise')
    },
  },
  {
    name: 'keeps state and history when it is opened again by another process',
    unless: notDurable,
    async run(scene) {
      const { commit, everything, never } = scene
      const version = await commit('app', { set: [entryOf('a'), entryOf('b')], history: [historyOf(1)] })
      await commit(
        'app',
        { head: { target: 'cluster', deletions: [] }, remove: ['a'], history: [historyOf(2)] },
        version,
      )
      const before = await everything('app')
      const store = await reopened(scene)
      await store.open(never)
      const history = await store.history('app', { ...never, limit: 100 })
      assert.deepEqual([await store.load('app', never), history, await store.list(never)], before)
    },
  },
  {
    name: 'shows another process what was committed while the first still has it open',
    unless: notDurable,
    async run(scene) {
      const { commit, everything, never } = scene
      const version = await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      await commit('app', { set: [entryOf('b')], history: [historyOf(2)] }, version)
      const before = await everything('app')
      const store = await elsewhere(scene)
      await store.open(never)
      assert.deepEqual(await everythingIn(store, scene), before)
    },
  },
  {
    name: 'keeps concurrent commits of several applications where another process finds them',
    unless: notDurable,
    async run(scene) {
      const committed = await commitConcurrently(scene)
      const store = await elsewhere(scene)
      await store.open(scene.never)
      assert.deepEqual(await keptIn(store, scene), committed)
    },
  },
  {
    name: 'rejects writes with SUPERSEDED once another process has opened it, and changes nothing',
    unless: notDurable,
    async run(scene) {
      const { store, never, epoch, commit, everything } = scene
      const expected = await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      const options = { ...never, expected, epoch: await epoch() }
      const before = await everything('app')
      const other = await elsewhere(scene)
      await other.open(never)
      const late = store.commit('app', { ...nothing, remove: ['a'], history: [historyOf(2)] }, options)
      await rejectsWithCode(late, 'SUPERSEDED', 'commit after another process has opened the store')
      const removal = store.remove('app', options)
      await rejectsWithCode(removal, 'SUPERSEDED', 'remove after another process has opened the store')
      assert.deepEqual(await everythingIn(other, scene), before)
    },
  },
  {
    name: 'lets another process read without fencing off the one that writes',
    unless: notDurable,
    async run(scene) {
      const { store, never, commit, everything } = scene
      const opened = await store.open(never)
      const version = await scene.commit('app', { set: [entryOf('a')] })
    },
  },
]
