import assert from 'node:assert/strict'
import type { Owner } from '../../model/resource.ts'
import { collect } from '../expectations.ts'
import { testCall } from '../test-call.ts'
import { creationOf, releaseOf, updateTo } from './changes.ts'
import type { TargetFact } from './target-scene.ts'

const noMarks: TargetFact['unless'] = ({ target }) =>
  target.supports.marks ? undefined : 'supports.marks is false'

const noOwned: TargetFact['unless'] = ({ target }) =>
  target.owned === undefined ? 'the target has no owned' : undefined

const neighbours = [
  { differs: 'application', of: (owner: Owner): Owner => ({ ...owner, application: 'neighbour' }) },
  { differs: 'installation', of: (owner: Owner): Owner => ({ ...owner, installation: 'neighbour' }) },
]

/** Who keeps a resource, and how others see it. */
export const ownershipFacts: readonly TargetFact[] = [
  {
    name: 'reads back the mark of the owner it applied for',
    unless: noMarks,
    async run({ create, mustSee, call, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      assert.deepEqual(observation.owner, call.owner, 'Expected apply to answer with the mark')
      assert.deepEqual((await mustSee(desired.key)).owner, call.owner)
    },
  },
  {
    name: "shows somebody else's mark as somebody else's",
    unless: noMarks,
    async run({ create, mustSee, call, stranger, harness }) {
      const { desired } = await create(harness.manifests[0], stranger)
      assert.deepEqual((await mustSee(desired.key, call)).owner, stranger.owner)
    },
  },
  {
    name: 'sees no mark on what nobody marked',
    async run({ desire, mustSee, harness }) {
      const { key } = await desire(harness.manifests[0])
      await harness.occupy(harness.manifests[0])
      assert.equal((await mustSee(key)).owner, undefined)
    },
  },
  {
    name: 'marks a resource that it takes over',
    unless: noMarks,
    async run({ target, desire, mustSee, expecting, call, harness }) {
      const desired = await desire(harness.manifests[0])
      await harness.occupy(harness.manifests[0])
      const foreign = await mustSee(desired.key)
      await target.apply({ ...updateTo(desired, expecting(foreign)), reason: 'adopted' }, call)
      assert.deepEqual((await mustSee(desired.key)).owner, call.owner)
    },
  },
  {
    name: 'takes the mark off what it releases',
    unless: noMarks,
    async run({ target, create, mustSee, expecting, call, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      await target.apply(releaseOf(desired, expecting(observation)), call)
      assert.equal((await mustSee(desired.key)).owner, undefined)
    },
  },
  {
    name: 'lists exactly what carries the mark of the owner who asks',
    unless: noOwned,
    async run({ target, call, stranger, create, desire, harness }) {
      const [mine, theirs, nobodys] = harness.manifests
      const { desired, observation } = await create(mine)
      await create(theirs, stranger)
      await desire(nobodys)
      await harness.occupy(nobodys)
      const owned = await collect(target.owned?.(call) ?? none())
      assert.deepEqual(
        owned.map(({ key }) => key),
        [desired.key],
      )
      assert.deepEqual([owned[0]?.uid, owned[0]?.owner], [observation.uid, call.owner])
    },
  },
  ...neighbours.map(
    ({ differs, of }): TargetFact => ({
      name: `lists nothing of a neighbour that differs only in the ${differs}`,
      unless: noOwned,
      async run({ target, call, create, harness }) {
        const { desired } = await create(harness.manifests[0])
        await create(harness.manifests[1], testCall({ owner: of(call.owner) }))
        const owned = await collect(target.owned?.(call) ?? none())
        assert.deepEqual(
          owned.map(({ key }) => key),
          [desired.key],
        )
      },
    }),
  ),
  {
    name: 'lists nothing that was released or deleted',
    unless: noOwned,
    async run({ target, call, create, expecting, harness }) {
      const kept = await create(harness.manifests[0])
      const released = await create(harness.manifests[1])
      await target.apply(releaseOf(released.desired, expecting(released.observation)), call)
      const owned = await collect(target.owned?.(call) ?? none())
      assert.deepEqual(
        owned.map(({ key }) => key),
        [kept.desired.key],
      )
    },
  },
  {
    name: 'tells applications of one installation apart',
    unless: noMarks,
    async run({ target, call, desire, mustSee, harness }) {
      const neighbour = testCall({ owner: { ...call.owner, application: 'neighbour' } })
      const desired = await desire(harness.manifests[0], neighbour)
      await target.apply(creationOf(desired), neighbour)
      assert.deepEqual((await mustSee(desired.key, call)).owner, neighbour.owner)
    },
  },
]

async function* none(): AsyncIterable<never> {}
