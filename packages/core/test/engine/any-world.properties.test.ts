import type { MemoryManifest } from '@mooring/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filesOf, settled, without, world } from './world.ts'

const ids = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5']
const us = { installation: 'test', application: 'shop' }
const sizes = fc.array(fc.option(fc.constantFrom(1, 2), { nil: undefined }), {
  minLength: ids.length,
  maxLength: ids.length,
})

/** What somebody else does to a resource, or puts where one may come. */
const hand = fc.constantFrom(
  'nothing',
  'nothing',
  'edits',
  'takes the mark off',
  'deletes',
  'makes anew without a mark',
  'makes anew with the mark of another application',
  'makes anew with our mark copied',
)
type Hand = typeof hand extends fc.Arbitrary<infer Value> ? Value : never

const desiredOf = (made: readonly (number | undefined)[]): readonly MemoryManifest[] =>
  ids.flatMap((id, at) => (made[at] === undefined ? [] : [{ id, size: made[at] }]))

/** An application in a world that somebody else had their hands in, after a commit that follows on that. */
async function scene(
  before: readonly MemoryManifest[],
  hands: readonly Hand[],
  after: readonly MemoryManifest[],
) {
  const keep: MemoryManifest = { id: 'keep' }
  const made = world({
    manifests: [...before, keep],
    sync: { pruneBudget: { max: 100, shareOfFew: 1, shareOfMany: 1 }, intervalMs: 3_600_000 },
    // Nobody tells: what is seen is what the pass itself looks at.
    target: ({ watch: _, ...target }) => target,
  })
  await made.start()
  const { live } = made.target
  const recorded = new Map(before.map(({ id }) => [id, live.get(id)?.uid]))
  for (const [at, what] of hands.entries()) intervene(live, ids[at] ?? '', what)
  const found = new Map(ids.map((id) => [id, live.get(id)]))
  const leaving = before.filter(({ id }) => !after.some((kept) => kept.id === id))
  made.source.commit({ ...without(...leaving), ...filesOf(...after) })
  const result = await settled(made.engine.sync('shop', { actor: 'test' }), made.clock, 5_000)
  return { ...made, live, recorded, found, result }
}

function intervene(live: ReturnType<typeof world>['target']['live'], id: string, what: Hand): void {
  const isThere = live.get(id) !== undefined
  const theirs = { id, by: 'somebody else' }
  switch (what) {
    case 'nothing':
      return
    case 'edits':
      return isThere ? live.edit(id, { by: 'somebody else' }) : undefined
    case 'takes the mark off':
      return isThere ? live.strip(id) : undefined
    case 'deletes':
      return live.remove(id)
    case 'makes anew without a mark':
      return live.put(theirs)
    case 'makes anew with the mark of another application':
      return live.put(theirs, { owner: { ...us, application: 'billing' } })
    case 'makes anew with our mark copied':
      return live.put(theirs, { owner: us })
    default:
      return what satisfies never
  }
}

const worlds = fc.record({
  before: sizes.map(desiredOf),
  after: sizes.map(desiredOf),
  hands: fc.array(hand, { minLength: ids.length, maxLength: ids.length }),
})

test('nothing is deleted that is not ours by inventory, mark and uid, whatever somebody else has done', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ before, after, hands }) => {
      const { engine, told, live, recorded, found } = await scene(before, hands, after)
      const deleted = told.flatMap((event) =>
        event.type === 'change.applied' && event.change.action === 'delete' ? [event.change.key] : [],
      )
      for (const key of deleted) {
        expect(found.get(key)?.owner).toEqual(us)
        expect(found.get(key)?.uid).toBe(recorded.get(key))
        expect(after.some(({ id }) => id === key)).toBe(false)
      }
      // What is not ours is as it was.
      for (const [id, seen] of found) {
        const isOurs = seen?.uid === recorded.get(id) || JSON.stringify(seen?.owner) === JSON.stringify(us)
        if (seen !== undefined && !isOurs) expect(live.get(id)).toEqual(seen)
      }
      await engine.stop()
    }),
    { numRuns: 100 },
  )
}, 60_000)

test('what nothing holds back is as desired after a sync, and the plan is empty then', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ before, after, hands }) => {
      const { engine, live } = await scene(before, hands, after)
      const plan = await engine.plan('shop')
      const held = new Set(plan.holds.flatMap(({ keys }) => keys))
      expect(plan.changes.filter(({ key }) => !held.has(key))).toEqual([])
      for (const manifest of after) {
        if (held.has(manifest.id)) continue
        expect(live.get(manifest.id)).toMatchObject({ manifest, owner: us })
      }
      await engine.stop()
    }),
    { numRuns: 100 },
  )
}, 60_000)

test('a plan of what is as it is desired is empty, also for an engine that knows nothing yet', async () => {
  await fc.assert(
    fc.asyncProperty(sizes.map(desiredOf), async (desired) => {
      const nobody = ids.map((): Hand => 'nothing')
      const { engine, result } = await scene(desired, nobody, desired)
      expect(result).toMatchObject({ value: { outcome: 'synced' } })
      expect(await engine.plan('shop')).toMatchObject({ changes: [], holds: [], waiting: [] })
      await engine.stop()
    }),
    { numRuns: 25 },
  )
}, 60_000)
