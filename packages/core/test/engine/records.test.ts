import type { StateDelta } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { world } from './world.ts'

/** An engine whose every commit is seen. */
function watched(options: Parameters<typeof world>[0] = {}) {
  const deltas: StateDelta[] = []
  const made = world({
    ...options,
    store: (memory) => ({
      ...memory,
      commit: (name, delta, given) => {
        deltas.push(delta)
        return memory.commit(name, delta, given)
      },
    }),
  })
  return { ...made, deltas }
}

describe('the end of an operation', () => {
  test('and its line of history are one commit, with the revision, the plan and the result of that operation', async () => {
    const { start, clock, source, deltas, told } = watched()
    await start()
    source.commit({ 'app/a.json': '{"id":"a","size":2}' })
    await clock.advance(15_000)
    const ends = deltas.filter(({ history }) => history.length > 0)
    const operations = told.flatMap((event) => (event.type === 'operation.started' ? [event.operation] : []))
    expect(operations).toHaveLength(2)
    expect(
      ends.map(({ head, history }) => ({
        settled: head.settled?.id,
        applied: head.applied?.id,
        open: head.operation,
        told: history.map(({ operation, to, planId, outcome }) => ({ operation, to, planId, outcome })),
      })),
    ).toEqual(
      operations.map(({ id, revision, planId }) => ({
        settled: id,
        applied: revision.id,
        open: undefined,
        told: [{ operation: id, to: revision.id, planId, outcome: 'synced' }],
      })),
    )
  })

  test('that failed leaves on record what was applied before', async () => {
    const { start, clock, source, engine, target, store } = watched()
    const recorded = async () =>
      (await store.load('shop', { signal: new AbortController().signal }))?.value.head.applied?.id
    await start()
    const first = await recorded()
    expect(first).toBeDefined()
    target.setHealth('a', { state: 'degraded' })
    source.commit({ 'app/a.json': '{"id":"a","size":2}' })
    await clock.advance(700_000)
    const { lastOperation } = await engine.status('shop')
    expect([lastOperation?.outcome, await recorded()]).toEqual(['failed', first])
  })
})
