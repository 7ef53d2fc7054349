import assert from 'node:assert/strict'
import type { ResourceKey } from '../../model/resource.ts'
import type { WatchHint } from '../../ports/target.ts'
import { within } from '../expectations.ts'
import type { TargetFact } from './target-scene.ts'

const noWatch: TargetFact['unless'] = ({ target }) =>
  target.watch === undefined ? 'the target has no watch' : undefined

/** Hints that something may have changed. */
export const watchFacts: readonly TargetFact[] = [
  {
    name: 'hints at a resource that somebody tampered with',
    unless: noWatch,
    async run({ target, call, create, patienceMs, harness }) {
      const { desired } = await create(harness.manifests[0])
      await target.observe([desired.key], call)
      const abort = new AbortController()
      const hinted = untilHinted(target.watch?.({ signal: abort.signal }), desired.key)
      const tampering = tamperUntil(hinted, () => harness.tamper(desired.key), patienceMs)
      await within(hinted, patienceMs, `a hint at ${desired.key}`).finally(() => abort.abort())
      await tampering
    },
  },
  {
    name: 'ends the watch on abort',
    unless: noWatch,
    async run({ target, patienceMs }) {
      const abort = new AbortController()
      const reason = new Error('aborted by the contract suite')
      const ended = untilHinted(target.watch?.({ signal: abort.signal }), undefined).catch(
        (thrown: unknown) => {
          assert.equal(
            thrown,
            reason,
            `Expected the watch to end or to throw the reason, got ${String(thrown)}`,
          )
        },
      )
      await new Promise((resolve) => setImmediate(resolve))
      abort.abort(reason)
      await within(ended, patienceMs, 'the watch to end')
    },
  },
]

/** Resolves with the first hint at the key; without a key, when the hints end. */
async function untilHinted(
  hints: AsyncIterable<WatchHint> | undefined,
  key: ResourceKey | undefined,
): Promise<void> {
  for await (const hint of hints ?? []) {
    if (key !== undefined && ('all' in hint || hint.keys.includes(key))) return
  }
  assert.equal(key, undefined, 'Expected a hint before the watch ended')
}

/** Again and again, since a watch may take a while to stand, and what happened before it does is no concern of it. */
async function tamperUntil(
  hinted: Promise<void>,
  tamper: () => Promise<void>,
  patienceMs: number,
): Promise<void> {
  let done = false
  const finished = hinted.then(
    () => (done = true),
    () => (done = true),
  )
  const giveUpAt = performance.now() + patienceMs
  while (!done && performance.now() < giveUpAt) {
    await tamper()
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, patienceMs / 20))])
  }
}
