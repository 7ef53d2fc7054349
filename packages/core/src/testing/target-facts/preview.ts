import assert from 'node:assert/strict'
import { assertWithout } from '../expectations.ts'
import { creationOf, deletionOf, releaseOf, updateTo } from './changes.ts'
import { assertUntouched, type TargetFact } from './target-scene.ts'

const noSecret: TargetFact['unless'] = ({ harness }) =>
  harness.secret === undefined ? 'the harness knows no manifest with a sensitive value' : undefined

/** What people are shown before anything is done. */
export const previewFacts: readonly TargetFact[] = [
  {
    name: 'previews a create without creating',
    async run({ target, call, desire, look, harness }) {
      const desired = await desire(harness.manifests[0])
      const { before, after } = await target.preview(creationOf(desired), call)
      assert.equal(before, undefined, 'Expected nothing before a create')
      assert.deepEqual(after, JSON.parse(JSON.stringify(after ?? null)), 'Expected plain JSON after a create')
      assert.equal(await look(desired.key), undefined, 'Expected a preview to have no effect')
    },
  },
  {
    name: 'previews an update without updating',
    async run({ target, call, create, desire, expecting, mustSee, harness }) {
      const { desired } = await create(harness.manifests[0])
      const live = await mustSee(desired.key)
      const changed = await desire(harness.changed(harness.manifests[0]))
      const { before, after } = await target.preview(updateTo(changed, expecting(live)), call)
      assert.ok(before !== undefined && after !== undefined, 'Expected what is before and after an update')
      assert.notDeepEqual(after, before, 'Expected the preview to show a difference')
      assertUntouched(live, await mustSee(desired.key), 'Expected a preview to have no effect')
    },
  },
  {
    name: 'previews no difference where nothing differs',
    async run({ target, call, create, expecting, mustSee, harness }) {
      const { desired } = await create(harness.manifests[0])
      const { before, after } = await target.preview(
        updateTo(desired, expecting(await mustSee(desired.key))),
        call,
      )
      assert.deepEqual(after, before)
    },
  },
  {
    name: 'previews a delete without deleting',
    async run({ target, call, create, expecting, mustSee, harness }) {
      const { desired } = await create(harness.manifests[0])
      const live = await mustSee(desired.key)
      const { before, after } = await target.preview(deletionOf(desired, expecting(live)), call)
      assert.ok(before !== undefined, 'Expected what is before a delete')
      assert.equal(after, undefined, 'Expected nothing after a delete')
      assertUntouched(live, await mustSee(desired.key), 'Expected a preview to have no effect')
    },
  },
  {
    name: 'previews a release as no difference',
    async run({ target, call, create, expecting, mustSee, harness }) {
      const { desired } = await create(harness.manifests[0])
      const live = await mustSee(desired.key)
      const { before, after } = await target.preview(releaseOf(desired, expecting(live)), call)
      assert.deepEqual(after, before, 'Expected a release to be shown as what leaves the resource alone')
      assertUntouched(live, await mustSee(desired.key), 'Expected a preview to have no effect')
    },
  },
  {
    name: 'masks sensitive values in previews',
    unless: noSecret,
    async run({ target, call, create, desire, expecting, harness: { secret, changed } }) {
      if (secret === undefined) return
      const desired = await desire(secret.manifest)
      const creation = await target.preview(creationOf(desired), call)
      const { observation } = await create(secret.manifest)
      const update = updateTo(await desire(changed(secret.manifest)), expecting(observation))
      const previews = [
        creation,
        await target.preview(update, call),
        await target.preview(deletionOf(desired, expecting(observation)), call),
      ]
      assertWithout(secret.value, previews, 'a preview')
    },
  },
]
