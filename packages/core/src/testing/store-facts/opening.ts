import assert from 'node:assert/strict'
import type { Store } from '../../ports/store.ts'
import { rejectsWithCode } from '../expectations.ts'
import { entryOf, historyOf, type StoreFact, type StoreScene } from './store-scene.ts'

const notDurable: StoreFact['unless'] = ({ store }) =>
  store.supports.durable ? undefined : 'supports.durable is false'

/** One installation for one store. */
export const openingFacts: readonly StoreFact[] = [
  {
    name: 'makes an installation with an id and a key of 32 bytes',
    async run({ store, never }) {
      const { id, digestKey } = await store.open(never)
      assert.ok(id.length > 0, 'Expected an id')
      assert.equal(digestKey.length, 32)
      assert.ok(
        digestKey.some((byte) => byte !== digestKey[0]),
        'Expected a random key',
      )
    },
  },
  {
    name: 'keeps the id and the key it made',
    async run({ store, never }) {
      const first = await store.open(never)
      const second = await store.open({ ...never, installation: first.id })
      const third = await store.open(never)
      for (const { id, digestKey } of [second, third]) {
        assert.equal(id, first.id)
        assert.deepEqual([...digestKey], [...first.digestKey])
      }
    },
  },
  {
    name: 'takes the id it is given first, and keeps it',
    async run({ store, never }) {
      assert.equal((await store.open({ ...never, installation: 'given' })).id, 'given')
      assert.equal((await store.open(never)).id, 'given')
    },
  },
  {
    name: 'rejects another id than its own with INSTALLATION_CHANGED, and keeps its own',
    async run({ store, never }) {
      const { id } = await store.open(never)
      const opening = store.open({ ...never, installation: `not ${id}` })
      await rejectsWithCode(opening, 'INSTALLATION_CHANGED', 'open for another installation')
      assert.equal((await store.open(never)).id, id)
    },
  },
  {
    name: 'raises the epoch with each opening',
    async run({ store, never }) {
      const first = await store.open(never)
      const second = await store.open(never)
      const third = await store.open({ ...never, installation: first.id })
      assert.ok(second.epoch > first.epoch && third.epoch > second.epoch, 'Expected epochs that rise')
    },
  },
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
    name: 'is disposed as often as asked',
    async run({ store, epoch }) {
      await epoch()
      await store[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  },
]

async function reopened({ store, harness }: StoreScene): Promise<Store> {
  assert.ok(harness.reopen, 'Expected the harness of a durable store to have reopen')
  await store[Symbol.asyncDispose]()
  return harness.reopen()
}
