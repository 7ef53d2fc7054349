import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Difference } from '../../src/pipeline/diff.ts'
import { makeRoom } from '../../src/pipeline/make-room.ts'
import { order } from '../../src/pipeline/order.ts'
import { plan } from '../../src/pipeline/plan.ts'
import { entry, live } from './scene.ts'

const difference = (key: string, over: Partial<Difference> = {}): Difference => ({
  key,
  label: key,
  action: 'create',
  reason: 'added',
  expects: { kind: 'absent' },
  ...over,
})
const leaving = (key: string): Difference =>
  difference(key, { action: 'delete', reason: 'removed', entry: entry(undefined, key) })
const way = (before: string, after: string) => ({ before, after, makesRoom: true })

describe('what stands in the way', () => {
  test('is what leaves, for what is wanted', () => {
    const { room } = makeRoom(
      [leaving('a'), difference('a/b')],
      [way('a', 'a/b'), way('a/b', 'a')],
      new Set(),
    )
    expect([...room]).toEqual([['a', ['a/b']]])
  })

  test('is nothing by an edge that only orders', () => {
    const { room } = makeRoom([leaving('a'), difference('b')], [{ before: 'a', after: 'b' }], new Set())
    expect(room.size).toBe(0)
  })

  test('is also what is on its way out already', () => {
    const { room } = makeRoom([difference('a/b')], [way('a', 'a/b')], new Set(['a']))
    expect([...room]).toEqual([['a', ['a/b']]])
  })

  test('is not taken over: what is wanted is created when it is gone', () => {
    const seen = difference('a', { action: 'update', reason: 'adopted', observation: live({}, 'a') })
    const { changes } = makeRoom([leaving('a/b'), seen], [way('a/b', 'a')], new Set())
    expect(changes[1]).toEqual(difference('a'))
  })

  test('is never what is released', () => {
    const kept = { ...leaving('a'), action: 'release' as const }
    expect(makeRoom([kept, difference('a/b')], [way('a', 'a/b')], new Set()).room.size).toBe(0)
  })

  test('goes before what it makes room for, and everything else that leaves after all that is wanted', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    fc.assert(
      fc.property(fc.uniqueArray(key), fc.uniqueArray(key), (wanted, gone) => {
        const made = wanted.map((name) => difference(`${name}/file`))
        const left = gone.map(leaving)
        const { changes, room } = makeRoom(
          [...made, ...left],
          ['a', 'c', 'e'].map((name) => way(name, `${name}/file`)),
          new Set(),
        )
        const places = changes.map((change) => ({ key: change.key, label: '', wave: 0, dependsOn: [] }))
        const stages = new Map(planned(changes, order(places, []), room).map((one) => [one.key, one.stage]))
        const stageOf = (name: string): number => stages.get(name) as number
        for (const one of left) {
          for (const after of room.get(one.key) ?? []) expect(stageOf(one.key)).toBeLessThan(stageOf(after))
          if (!room.has(one.key))
            for (const other of made) expect(stageOf(one.key)).toBeGreaterThan(stageOf(other.key))
        }
      }),
    )
  })
})

const planned = (
  differences: readonly Difference[],
  ordered: ReturnType<typeof order>,
  room: ReturnType<typeof makeRoom>['room'],
) =>
  plan({
    application: 'shop',
    target: 'memory',
    revision: { id: 'r' },
    desired: { records: new Map(), waiting: [], digest: 'd', hooks: new Map() },
    differences,
    order: ordered,
    room,
    unchanged: 0,
    at: 0,
    digest: (content) => content,
  }).changes
