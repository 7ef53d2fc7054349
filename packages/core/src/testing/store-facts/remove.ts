import assert from 'node:assert/strict'
import { rejectsWithCode } from '../expectations.ts'
import { entryOf, historyOf, type StoreFact } from './store-scene.ts'

/** Applications that are no more. */
export const removeFacts: readonly StoreFact[] = [
  {
    name: 'forgets what is removed, and nothing else',
    async run({ store, never, epoch, commit, mustLoad }) {
      const expected = await commit('app', { set: [entryOf('a')] })
      await commit('other', { set: [entryOf('b')] })
      await store.remove('app', { ...never, expected, epoch: await epoch() })
      assert.equal(await store.load('app', never), undefined)
      assert.deepEqual(await store.list(never), ['other'])
      assert.equal((await mustLoad('other')).value.inventory.size, 1)
    },
  },
  {
    name: 'starts anew with an application that was removed',
    async run({ store, never, epoch, commit, mustLoad }) {
      const expected = await commit('app', { set: [entryOf('a')] })
      await store.remove('app', { ...never, expected, epoch: await epoch() })
      const version = await commit('app', { set: [entryOf('b')] })
      assert.notEqual(version, expected, 'Expected a version that was not used before')
      assert.deepEqual([...(await mustLoad('app')).value.inventory.keys()], ['b'])
    },
  },
  {
    name: 'rejects to remove another version with STATE_CONFLICT, and changes nothing',
    async run({ store, never, epoch, commit, everything }) {
      const expected = await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      await commit('app', { set: [entryOf('b')] }, expected)
      const before = await everything('app')
      const removal = store.remove('app', { ...never, expected, epoch: await epoch() })
      await rejectsWithCode(removal, 'STATE_CONFLICT', 'remove of another version')
      assert.deepEqual(await everything('app'), before)
    },
  },
  {
    name: 'rejects to remove for an older opening with SUPERSEDED, and changes nothing',
    async run({ store, never, epoch, commit, everything }) {
      const expected = await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      const options = { ...never, expected, epoch: await epoch() }
      await store.open(never)
      const before = await everything('app')
      await rejectsWithCode(store.remove('app', options), 'SUPERSEDED', 'remove of an older opening')
      assert.deepEqual(await everything('app'), before)
    },
  },
]
