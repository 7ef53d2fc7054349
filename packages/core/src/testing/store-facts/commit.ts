import assert from 'node:assert/strict'
import { rejectsAsConflict, rejectsWithCode } from '../expectations.ts'
import { entryOf, historyOf, nothing, type StoreFact } from './store-scene.ts'

const more = { set: [entryOf('more')], remove: ['a'], history: [historyOf(9)] }

/** Writes that must not be, have no effect at all. */
export const commitFacts: readonly StoreFact[] = [
  {
    name: 'rejects a commit on another version with STATE_CONFLICT, and changes nothing',
    async run({ commit, everything }) {
      const first = await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      await commit('app', { set: [entryOf('b')] }, first)
      const before = await everything('app')
      const stale = commit('app', more, first)
      await rejectsWithCode(stale, 'STATE_CONFLICT', 'commit on another version')
      await rejectsAsConflict(stale, 'commit on another version')
      assert.deepEqual(await everything('app'), before)
    },
  },
  {
    name: 'rejects a first commit where there was one with STATE_CONFLICT, and changes nothing',
    async run({ commit, everything }) {
      await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      const before = await everything('app')
      await rejectsWithCode(commit('app', more), 'STATE_CONFLICT', 'first commit of a known application')
      assert.deepEqual(await everything('app'), before)
    },
  },
  {
    name: 'rejects a later commit where there was none with STATE_CONFLICT, and changes nothing',
    async run({ commit, everything }) {
      const elsewhere = await commit('other', {})
      const before = await everything('app')
      await rejectsWithCode(
        commit('app', more, elsewhere),
        'STATE_CONFLICT',
        'later commit of an unknown application',
      )
      assert.deepEqual(await everything('app'), before)
    },
  },
  {
    name: 'lets exactly one of several commits on one version through',
    async run({ commit, mustLoad, history }) {
      const first = await commit('app', {})
      const racing = [1, 2, 3, 4].map(async (at) => {
        await commit('app', { set: [entryOf(`racer ${at}`)], history: [historyOf(at)] }, first)
        return at
      })
      const ended = await Promise.allSettled(racing)
      const won = ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
      assert.equal(won.length, 1, `Expected one winner, got ${won.length}`)
      for (const end of ended) {
        if (end.status === 'rejected') await rejectsAsConflict(Promise.reject(end.reason), 'a lost race')
      }
      assert.deepEqual([...(await mustLoad('app')).value.inventory.keys()], [`racer ${won[0]}`])
      assert.deepEqual(await history('app'), [historyOf(won[0] ?? 0)])
    },
  },
  {
    name: 'keeps concurrent commits of several applications',
    async run({ never, commit, elsewhere }) {
      const applications = Array.from({ length: 8 }, (_, at) => `app ${at}`)
      const commitTwice = async (application: string) => {
        const first = await commit(application, { set: [entryOf('a')], history: [historyOf(1)] })
        await commit(application, { set: [entryOf('b')], history: [historyOf(2)] }, first)
      }
      await Promise.all(applications.map(commitTwice))
      const kept = await elsewhere()
      await kept.open({ ...never, reading: true })
      for (const application of applications) {
        const keys = (await kept.load(application, never))?.value.inventory.keys()
        const entries = await kept.history(application, { ...never, limit: 100 })
        assert.deepEqual([...(keys ?? [])].sort(), ['a', 'b'], `Expected every entry of ${application}`)
        assert.equal(entries.length, 2, `Expected the whole history of ${application}`)
      }
    },
  },
  {
    name: 'rejects a commit of an older opening with SUPERSEDED, and changes nothing',
    async run({ store, never, epoch, commit, everything }) {
      const expected = await commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
      const options = { ...never, expected, epoch: await epoch() }
      await store.open(never)
      const before = await everything('app')
      await rejectsWithCode(
        store.commit('app', { ...nothing, ...more }, options),
        'SUPERSEDED',
        'commit of an older opening',
      )
      assert.deepEqual(await everything('app'), before)
    },
  },
  {
    name: 'takes commits of the newest opening',
    async run({ store, never, commit, mustLoad }) {
      const expected = await commit('app', { set: [entryOf('a')] })
      const { epoch } = await store.open(never)
      const version = await store.commit('app', { ...nothing, remove: ['a'] }, { ...never, expected, epoch })
      const loaded = await mustLoad('app')
      assert.deepEqual([loaded.version, loaded.value.inventory.size], [version, 0])
    },
  },
]
