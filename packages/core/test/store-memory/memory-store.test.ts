import { expect, test } from 'vitest'
import type { HistoryEntry } from '../../src/model/history.ts'
import { memoryStore } from '../../src/store-memory/memory-store.ts'

const never = { signal: new AbortController().signal }
const counts = { created: 0, updated: 0, deleted: 0, replaced: 0, released: 0, failed: 0, held: 0 }
const entry = (at: number): HistoryEntry => ({
  at,
  cause: 'drift',
  actor: 'engine',
  to: 'r1',
  counts,
  outcome: 'healed',
  reasons: [],
})

test('keeps the last 1000 history entries of each application', async () => {
  const store = memoryStore()
  const { epoch } = await store.open(never)
  const delta = { head: { deletions: [] }, set: [], remove: [] }
  const first = Array.from({ length: 600 }, (_, at) => entry(at))
  const second = Array.from({ length: 600 }, (_, at) => entry(600 + at))
  const expected = await store.commit(
    'app',
    { ...delta, history: first },
    { ...never, expected: undefined, epoch },
  )
  await store.commit('app', { ...delta, history: second }, { ...never, expected, epoch })
  const history = await store.history('app', { ...never, limit: 5000 })
  expect([history.length, history.at(0)?.at, history.at(-1)?.at]).toEqual([1000, 1199, 200])
})

test('gives keys that nobody can change for others', async () => {
  const store = memoryStore()
  const { digestKey } = await store.open(never)
  const kept = [...digestKey]
  digestKey.fill(0)
  expect([...(await store.open(never)).digestKey]).toEqual(kept)
})

test('makes every store another installation', async () => {
  const [one, other] = [await memoryStore().open(never), await memoryStore().open(never)]
  expect(one.id).not.toBe(other.id)
  expect([...one.digestKey]).not.toEqual([...other.digestKey])
})
