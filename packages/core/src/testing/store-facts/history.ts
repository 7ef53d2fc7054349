import assert from 'node:assert/strict'
import { historyOf, type StoreFact } from './store-scene.ts'

/** The audit log. */
export const historyFacts: readonly StoreFact[] = [
  {
    name: 'gives back every field of a history entry',
    async run({ commit, history }) {
      const { at, cause, actor, to, counts, outcome, reasons } = historyOf(2)
      const bare = { at, cause, actor, to, counts, outcome, reasons }
      const version = await commit('app', { history: [historyOf(1)] })
      await commit('app', { history: [bare] }, version)
      assert.deepEqual(await history('app'), [bare, historyOf(1)])
    },
  },
  {
    name: 'gives the newest entries first, within a commit and between commits',
    async run({ commit, history }) {
      const version = await commit('app', { history: [historyOf(1), historyOf(2)] })
      await commit('app', { history: [historyOf(3)] }, version)
      assert.deepEqual(
        (await history('app')).map(({ at }) => at),
        [3, 2, 1],
      )
    },
  },
  {
    name: 'gives as many entries as asked',
    async run({ commit, history }) {
      await commit('app', { history: [1, 2, 3, 4].map(historyOf) })
      assert.deepEqual(
        (await history('app', 2)).map(({ at }) => at),
        [4, 3],
      )
    },
  },
  {
    name: 'is read in pages that lose and repeat nothing, although all entries have the same time and more are added',
    async run({ store, never, commit }) {
      const entries = [1, 2, 3, 4, 5, 6, 7].map((at) => ({ ...historyOf(1), operation: `operation ${at}` }))
      const version = await commit('app', { history: entries.slice(0, 3) })
      let latest = await commit('app', { history: entries.slice(3) }, version)
      const read: (string | undefined)[] = []
      let before: string | undefined
      for (let pages = 0; pages < 4; pages++) {
        const page = await store.history('app', {
          ...never,
          limit: 2,
          ...(before !== undefined && { before }),
        })
        read.push(...page.map(({ operation }) => operation))
        before = page.at(-1)?.place
        latest = await commit('app', { history: [historyOf(9)] }, latest)
      }
      assert.deepEqual(read, entries.map(({ operation }) => operation).reverse())
    },
  },
  {
    name: 'gives nothing before the oldest entry',
    async run({ store, never, commit }) {
      await commit('app', { history: [historyOf(1), historyOf(2)] })
      const oldest = (await store.history('app', { ...never, limit: 10 })).at(-1)
      assert.ok(oldest, 'Expected two entries')
      assert.deepEqual(await store.history('app', { ...never, limit: 10, before: oldest.place }), [])
    },
  },
  {
    name: 'refuses a place it cannot have given',
    async run({ store, never, commit }) {
      await commit('app', { history: [historyOf(1)] })
      await assert.rejects(store.history('app', { ...never, limit: 1, before: 'no place' }), {
        code: 'HISTORY_PLACE_UNKNOWN',
      })
    },
  },
  {
    name: 'keeps entries through commits that add none',
    async run({ commit, history }) {
      const version = await commit('app', { history: [historyOf(1)] })
      await commit('app', {}, version)
      assert.deepEqual(await history('app'), [historyOf(1)])
    },
  },
  {
    name: 'keeps 120 entries',
    async run({ commit, history }) {
      let version: string | undefined
      for (const first of [1, 41, 81]) {
        const entries = Array.from({ length: 40 }, (_, at) => historyOf(first + at))
        version = await commit('app', { history: entries }, version)
      }
      const times = new Set((await history('app', 200)).map(({ at }) => at))
      assert.equal(times.size, 120)
    },
  },
]
