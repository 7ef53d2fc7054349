import assert from 'node:assert/strict'
import { rejectsWithCode } from '../expectations.ts'
import { entryOf, nothing, type StoreFact } from './store-scene.ts'

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
    name: 'opens for reading without raising the epoch, and fences nobody off',
    async run({ store, never, commit }) {
      const version = await commit('app', { set: [entryOf('a')] })
      const opened = await store.open(never)
      const reading = await store.open({ ...never, reading: true })
      assert.deepEqual(reading, opened)
      const options = { ...never, expected: version, epoch: opened.epoch }
      await store.commit('app', { ...nothing, set: [entryOf('b')] }, options)
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
