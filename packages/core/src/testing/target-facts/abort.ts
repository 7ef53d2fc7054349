import assert from 'node:assert/strict'
import { collect, rejectsWhenAborted } from '../expectations.ts'
import { creationOf, updateTo } from './changes.ts'
import type { TargetFact, TargetScene } from './target-scene.ts'

type CallWith = (scene: TargetScene, signal: AbortSignal) => unknown

const refusal = (method: string, callWith: CallWith, unless?: TargetFact['unless']): TargetFact => ({
  name: `rejects ${method} with the reason of a signal that is aborted already`,
  ...(unless && { unless }),
  run: (scene) => rejectsWhenAborted((signal) => callWith(scene, signal), method),
})

/** Every call can be ended. */
export const abortFacts: readonly TargetFact[] = [
  refusal('identity', ({ target }, signal) => target.identity({ signal })),
  refusal(
    'facts',
    ({ target }, signal) => target.facts?.({ signal }),
    ({ target }) => (target.facts === undefined ? 'the target has no facts' : undefined),
  ),
  refusal('prepare', ({ target, call, harness }, signal) =>
    target.prepare([{ manifest: harness.manifests[0] }], { ...call, signal }),
  ),
  refusal('observe', async ({ target, call, create, harness }, signal) => {
    const { desired } = await create(harness.manifests[0])
    return target.observe([desired.key], { ...call, signal })
  }),
  refusal('preview', async ({ target, call, desire, harness }, signal) => {
    const desired = await desire(harness.manifests[0])
    return target.preview(creationOf(desired), { ...call, signal })
  }),
  refusal(
    'owned',
    ({ target, call }, signal) => target.owned && collect(target.owned({ ...call, signal })),
    ({ target }) => (target.owned === undefined ? 'the target has no owned' : undefined),
  ),
  {
    name: 'rejects apply with the reason of a signal that is aborted already, without effect',
    async run({ target, call, desire, look, harness }) {
      const desired = await desire(harness.manifests[0])
      await rejectsWhenAborted((signal) => target.apply(creationOf(desired), { ...call, signal }), 'apply')
      assert.equal(await look(desired.key), undefined, 'Expected an aborted create to have no effect')
    },
  },
  {
    name: 'says by the next look what an apply aborted under way has done',
    async run({ target, call, desire, look, expecting, mustSee, harness }) {
      const desired = await desire(harness.manifests[0])
      const abort = new AbortController()
      const reason = new Error('aborted by the contract suite')
      const answer = target.apply(creationOf(desired), { ...call, signal: abort.signal }).then(
        () => 'applied',
        (thrown: unknown) => thrown,
      )
      abort.abort(reason)
      const ended = await answer
      assert.ok(
        ended === 'applied' || ended === reason,
        `Expected an answer or the reason, got ${String(ended)}`,
      )
      const live = await look(desired.key)
      if (ended === 'applied') assert.ok(live, 'Expected what was answered to be live')
      const next = live === undefined ? creationOf(desired) : updateTo(desired, expecting(live))
      await target.apply(next, call)
      await mustSee(desired.key)
    },
  },
]
