import assert from 'node:assert/strict'
import type { Change, Expectation } from '../../model/change.ts'
import type { Desired } from '../../model/resource.ts'
import { rejectsAsConflict } from '../expectations.ts'
import { deletionOf, releaseOf, replacementBy } from './changes.ts'
import { anotherUid } from './create-and-update.ts'
import { assertUntouched, type TargetFact } from './target-scene.ts'

type ChangeOf = (desired: Desired<unknown>, expects: Expectation) => Change<unknown>

/** Facts that hold for everything that ends ownership or an incarnation. */
const refusals = (verb: string, changeOf: ChangeOf): readonly TargetFact[] => [
  {
    name: `refuses to ${verb} another version than expected`,
    unless: ({ target }) => (target.supports.versions ? undefined : 'supports.versions is false'),
    async run({ target, call, create, expecting, mustSee, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      await harness.tamper(desired.key)
      const before = await mustSee(desired.key)
      await rejectsAsConflict(
        target.apply(changeOf(desired, expecting(observation)), call),
        `${verb} of another version`,
      )
      assertUntouched(before, await mustSee(desired.key), `Expected a refused ${verb} to have no effect`)
    },
  },
  {
    name: `refuses to ${verb} another incarnation than expected`,
    unless: ({ target }) => (target.supports.uids ? undefined : 'supports.uids is false'),
    async run({ target, call, create, mustSee, harness }) {
      const { desired } = await create(harness.manifests[0])
      const before = await mustSee(desired.key)
      const stale = changeOf(desired, { kind: 'present', uid: anotherUid })
      await rejectsAsConflict(target.apply(stale, call), `${verb} of another incarnation`)
      assertUntouched(before, await mustSee(desired.key), `Expected a refused ${verb} to have no effect`)
    },
  },
]

/** Writes that delete, replace or release. */
export const endOfOwnershipFacts: readonly TargetFact[] = [
  {
    name: 'deletes, and says when nothing is left',
    async run({ target, call, create, expecting, look, untilGone, mustSee, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const { desired: neighbour } = await create(harness.manifests[1])
      const { outcome, observation: left } = await target.apply(
        deletionOf(desired, expecting(observation)),
        call,
      )
      assert.equal(outcome, 'changed')
      if (left === undefined)
        assert.equal(await look(desired.key), undefined, 'Expected the resource to be gone')
      else assert.ok(left.deleting, 'Expected what is left after a delete to be deleting')
      await untilGone(desired.key)
      await mustSee(neighbour.key)
    },
  },
  {
    name: 'deletes once, however often it is asked',
    async run({ target, call, create, expecting, look, untilGone, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const deletion = deletionOf(desired, expecting(observation))
      await target.apply(deletion, call)
      await untilGone(desired.key)
      const again = target.apply(deletion, call).then(({ outcome }) => outcome)
      if ((await again.catch(() => 'refused')) === 'refused')
        await rejectsAsConflict(again, 'a delete done twice')
      else assert.equal(await again, 'unchanged')
      assert.equal(await look(desired.key), undefined)
    },
  },
  ...refusals('delete', deletionOf),
  {
    name: 'replaces, so that what is desired is live',
    async run({ create, desire, expecting, applied, mustSee, harness }) {
      const { observation } = await create(harness.manifests[0])
      const changed = await desire(harness.changed(harness.manifests[0]))
      const answered = await applied(replacementBy(changed, expecting(observation)))
      const after = await mustSee(changed.key)
      assert.notEqual(after.fingerprint, observation.fingerprint, 'Expected other content to be live')
      assert.equal(after.fingerprint, answered.fingerprint)
    },
  },
  {
    name: 'replaces by another incarnation',
    unless: ({ target }) => (target.supports.uids ? undefined : 'supports.uids is false'),
    async run({ create, desire, expecting, applied, harness }) {
      const { observation } = await create(harness.manifests[0])
      const changed = await desire(harness.changed(harness.manifests[0]))
      const after = await applied(replacementBy(changed, expecting(observation)))
      assert.notEqual(after.uid, observation.uid)
    },
  },
  ...refusals('replace', replacementBy),
  {
    name: 'releases without touching the content',
    async run({ target, call, create, expecting, mustSee, harness }) {
      const { desired, observation } = await create(harness.manifests[0])
      const before = await mustSee(desired.key)
      await target.apply(releaseOf(desired, expecting(observation)), call)
      const after = await mustSee(desired.key)
      assert.equal(after.uid, before.uid, 'Expected the same incarnation')
      // Where a fingerprint covers what we own, nothing is left to cover.
      if (after.fingerprint !== undefined)
        assert.equal(after.fingerprint, before.fingerprint, 'Expected the same content')
    },
  },
  ...refusals('release', releaseOf),
]
