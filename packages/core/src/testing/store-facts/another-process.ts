import assert from 'node:assert/strict'
import type { Store } from '../../ports/store.ts'
import { rejectsWithCode } from '../expectations.ts'
import { entryOf, historyOf, nothing, type StoreFact, type StoreScene } from './store-scene.ts'

const notDurable: StoreFact['unless'] = ({ store }) =>
  store.supports.durable ? undefined : 'supports.durable is false'

/** One memory for several processes: after one another, and side by side. */
export const anotherProcessFacts: readonly StoreFact[] = [
  {
    name: 'keeps its installation when it is opened again by another process',
    unless: notDurable,
    async run(scene) {
      const first = await scene.store.open(scene.never)
      const second = await (await afterDisposal(scene)).open(scene.never)
      assert.equal(second.id, first.id)
      assert.deepEqual([...second.digestKey], [...first.digestKey])
      assert.ok(second.epoch > first.epoch, 'Expected the epoch to rise')
    },
  },
  {
    name: 'keeps state and history when it is opened again by another process',
    unless: notDurable,
    async run(scene) {
      const before = await commitTwice(scene)
      const other = await afterDisposal(scene)
      await other.open(scene.never)
      assert.deepEqual(await scene.everything('app', other), before)
    },
  },
  {
    // A process that is killed disposes nothing.
    name: 'shows another process what was committed, before anything is disposed',
    unless: notDurable,
    async run(scene) {
      const before = await commitTwice(scene)
      const other = await scene.elsewhere()
      await other.open(scene.never)
      assert.deepEqual(await scene.everything('app', other), before)
    },
  },
  {
    name: 'rejects writes with SUPERSEDED once another process has opened it, and changes nothing',
    unless: notDurable,
    async run({ store, never, epoch, commit, everything, elsewhere }) {
      const expected = await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      const options = { ...never, expected, epoch: await epoch() }
      const before = await everything('app')
      const other = await elsewhere()
      await other.open(never)
      const late = store.commit('app', { ...nothing, remove: ['a'], history: [historyOf(2)] }, options)
      await rejectsWithCode(late, 'SUPERSEDED', 'commit once another process has opened the store')
      const removal = store.remove('app', options)
      await rejectsWithCode(removal, 'SUPERSEDED', 'remove once another process has opened the store')
      assert.deepEqual(await everything('app', other), before)
    },
  },
  {
    name: 'lets another process read, and fences nobody off',
    unless: notDurable,
    async run({ store, never, elsewhere }) {
      const opened = await store.open(never)
      const options = { ...never, epoch: opened.epoch }
      const delta = { ...nothing, set: [entryOf('a')] }
      const expected = await store.commit('app', delta, { ...options, expected: undefined })
      const other = await elsewhere()
      assert.deepEqual(await other.open({ ...never, reading: true }), opened)
      assert.equal((await other.load('app', never))?.value.inventory.size, 1)
      await store.commit('app', nothing, { ...options, expected })
    },
  },
]

/** Commits a state and a change of it, and gives everything that is kept then. */
async function commitTwice({ commit, everything }: StoreScene): Promise<unknown> {
  const version = await commit('app', { set: [entryOf('a'), entryOf('b')], history: [historyOf(1)] })
  const head = { target: 'cluster', deletions: [] }
  await commit('app', { head, remove: ['a'], history: [historyOf(2)] }, version)
  return everything('app')
}

async function afterDisposal({ store, elsewhere }: StoreScene): Promise<Store> {
  await store[Symbol.asyncDispose]()
  return elsewhere()
}
