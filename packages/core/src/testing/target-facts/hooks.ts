import assert from 'node:assert/strict'
import type { Desired } from '../../model/resource.ts'
import { rejection } from '../expectations.ts'
import { creationOf } from './changes.ts'
import type { TargetFact, TargetScene } from './target-scene.ts'

const without = ({ target, harness }: TargetScene): string | undefined => {
  if (target.instantiate === undefined) return 'the target has no instantiate'
  return harness.hook === undefined ? 'the harness has no hook' : undefined
}

/** Ids as the engine makes them. */
const [one, other] = ['2f1c9a54-6d0b-4f35-9a43-0c5b7f7a9e01', '7be0d6c8-11a2-4a0e-8f55-b3f0a4b1c202']

/** The hook as it is desired, and its instance for an operation. */
async function instanceFor(
  { desire, harness, target }: TargetScene,
  operation: string,
): Promise<{ readonly hook: Desired<unknown>; readonly instance: Desired<unknown> }> {
  const hook = await desire(harness.hook)
  const instance = target.instantiate?.(hook, operation)
  assert.ok(instance, 'Expected an instance')
  return { hook, instance }
}

/** From hooks to their instances. */
export const hookFacts: readonly TargetFact[] = [
  {
    name: 'makes of a hook another instance for each operation, and the same for the same',
    unless: without,
    async run(scene) {
      const { hook, instance } = await instanceFor(scene, one)
      assert.ok(hook.traits.hook !== undefined, 'Expected a hook to say so in its traits')
      assert.equal(instance.traits.hook, undefined, 'Expected an instance to be no hook itself')
      assert.equal(instance.digest, hook.digest, 'Expected an instance to have the digest of its hook')
      const again = await instanceFor(scene, one)
      assert.deepEqual(again.instance, instance, 'Expected one instance for one operation')
      const next = await instanceFor(scene, other)
      assert.equal(new Set([hook.key, instance.key, next.instance.key]).size, 3, 'Expected three keys')
    },
  },
  {
    name: 'creates an instance of a hook once',
    unless: without,
    async run(scene) {
      const { instance } = await instanceFor(scene, one)
      const made = await scene.applied(creationOf(instance))
      const again = await rejection(
        scene.target.apply(creationOf(instance), scene.call),
        'a second creation of an instance',
      )
      assert.equal(again.kind, 'conflict')
      assert.equal(
        (await scene.mustSee(instance.key)).uid,
        made.uid,
        'Expected the instance that was made first',
      )
    },
  },
]
