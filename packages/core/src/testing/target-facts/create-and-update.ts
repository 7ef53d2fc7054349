import assert from 'node:assert/strict'
import { rejectsAsConflict } from '../expectations.ts'
import { creationOf, deletionOf, updateTo } from './changes.ts'
import { assertUntouched, type TargetFact } from './target-scene.ts'

const noUids: TargetFact['unless'] = ({ target }) =>
  target.supports.uids ? undefined : 'supports.uids is false'
const noVersions: TargetFact['unless'] = ({ target }) =>
  target.supports.versions ? undefined : 'supports.versions is false'

/** Writes that bring resources about. */
export const createAndUpdateFacts: readonly TargetFact[] = [
  {
    name: 'creates what is absent',
    async run({ target, call, desire, mustSee, harness }) {
      const desired = await desire(harness.manifests[0])
      const { outcome, observation } = await target.apply(creationOf(desired), call)
      assert.equal(outcome, 'changed')
      assert.equal(observation?.key, desired.key, 'Expected the answer to say what is live')
      await mustSee(desired.key)
    },
  },
  {
    name: 'refuses to create what exists, and leaves it alone',
    async run({ target, call, desire, mustSee, harness }) {
      const desired = await desire(harness.changed(harness.manifests[0]))
      await harness.occupy(harness.manifests[0])
      const before = await mustSee(desired.key)
      await rejectsAsConflict(target.apply(creationOf(desired), call), 'create of what exists')
      assertUntouched(before, await mustSee(desired.key), 'Expected a refused create to have no effect')
    },
  },
  {
    name: 'updates what is there',
    async run({ target, call, create, desire, expecting, mustSee, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const changed = await desire(harness.changed(harness.manifests[0]))
      const { outcome } = await target.apply(updateTo(changed, expecting(observation)), call)
      const after = await mustSee(desired.key)
      assert.equal(outcome, 'changed')
      assert.notEqual(after.fingerprint, observation.fingerprint, 'Expected other content to be live')
      assert.equal(after.uid, observation.uid, 'Expected the same incarnation')
    },
  },
  {
    name: 'writes nothing where nothing differs',
    async run({ target, call, create, expecting, mustSee, harness }) {
      const { desired } = await create(harness.manifests[0])
      const before = await mustSee(desired.key)
      const { outcome } = await target.apply(updateTo(desired, expecting(before)), call)
      assert.equal(outcome, 'unchanged')
      assertUntouched(before, await mustSee(desired.key), 'Expected nothing to be written')
    },
  },
  {
    name: 'carries out a change once, however often it is asked',
    async run({ target, call, create, desire, expecting, mustSee, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const changed = await desire(harness.changed(harness.manifests[0]))
      const update = updateTo(changed, expecting(observation))
      await target.apply(update, call)
      const once = await mustSee(desired.key)
      const again = target.apply(update, call).then(({ outcome }) => outcome)
      if ((await again.catch(() => 'refused')) === 'refused')
        await rejectsAsConflict(again, 'an update done twice')
      else assert.equal(await again, 'unchanged')
      await rejectsAsConflict(target.apply(creationOf(changed), call), 'a create done twice')
      assertUntouched(once, await mustSee(desired.key), 'Expected no second effect')
    },
  },
  {
    name: 'refuses to update what is absent, and creates nothing',
    async run({ target, call, desire, look, harness }) {
      const desired = await desire(harness.manifests[0])
      await rejectsAsConflict(
        target.apply(updateTo(desired, { kind: 'present' }), call),
        'update of what is absent',
      )
      assert.equal(await look(desired.key), undefined)
    },
  },
  {
    name: 'refuses to update another version than expected',
    unless: noVersions,
    async run({ target, call, create, desire, expecting, mustSee, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      await harness.tamper(desired.key)
      const before = await mustSee(desired.key)
      assert.notEqual(before.version, observation.version, 'Expected another version after a write')
      const changed = await desire(harness.changed(harness.manifests[0]))
      const stale = updateTo(changed, expecting(observation))
      await rejectsAsConflict(target.apply(stale, call), 'update of another version')
      assertUntouched(before, await mustSee(desired.key), 'Expected a refused update to have no effect')
    },
  },
  {
    name: 'gives a resource made again another uid',
    unless: noUids,
    async run({ target, call, create, expecting, untilGone, harness }) {
      const first = await create(harness.manifests[0])
      await target.apply(deletionOf(first.desired, expecting(first.observation)), call)
      await untilGone(first.desired.key)
      const second = await create(harness.manifests[0])
      assert.ok(first.observation.uid !== undefined && second.observation.uid !== undefined, 'Expected uids')
      assert.notEqual(second.observation.uid, first.observation.uid)
    },
  },
  {
    name: 'refuses to update another incarnation than expected',
    unless: noUids,
    async run({ target, call, create, desire, mustSee, harness }) {
      const { desired } = await create(harness.manifests[0])
      const before = await mustSee(desired.key)
      const changed = await desire(harness.changed(harness.manifests[0]))
      const stale = updateTo(changed, { kind: 'present', uid: anotherUid })
      await rejectsAsConflict(target.apply(stale, call), 'update of another incarnation')
      assertUntouched(before, await mustSee(desired.key), 'Expected a refused update to have no effect')
    },
  },
  {
    name: 'applies to several resources at once',
    async run({ target, call, desire, harness }) {
      const desired = await Promise.all(harness.manifests.map((manifest) => desire(manifest)))
      await Promise.all(desired.map((one) => target.apply(creationOf(one), call)))
      const keys = desired.map(({ key }) => key)
      const seen = await target.observe(keys, call)
      assert.deepEqual([...seen.keys()].sort(), [...keys].sort())
    },
  },
]

/** Of the form most systems use; no resource of a fact has it. */
export const anotherUid = '00000000-0000-4000-8000-000000000000'
