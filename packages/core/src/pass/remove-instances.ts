import type { PlannedChange } from '../model/change.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { ResourceKey } from '../model/resource.ts'
import { compareFingerprints, diff } from '../pipeline/diff.ts'
import { doomedInstances, hookEntries } from '../pipeline/hook-instances.ts'
import { formerMarkOf } from '../pipeline/owned-by.ts'
import { applyStage } from './apply-stage.ts'
import type { HookScene } from './hook-scene.ts'

/**
 * Deletes the instances of hooks that have to go. Called in every pass, so that what could not be deleted, or was not
 * because of a crash, is tried again. Gives the labels of those that are there still.
 */
export async function tidyInstances<Manifest>(scene: HookScene<Manifest>): Promise<readonly string[]> {
  const { head, inventory } = scene.deps.ledger.peek()
  const doomed = doomedInstances(hookEntries(inventory), {
    open: head.operation?.id,
    isDesired: (key) => scene.survey.set.hooks.has(key),
    prune: scene.deps.policy.prune,
  })
  return removeInstances(scene, doomed)
}

/**
 * Deletes instances: each only if inventory, mark and uid say that it is ours. What is gone, or is not ours any more, is
 * forgotten. Gives the labels of those that are there still.
 */
export async function removeInstances<Manifest>(
  scene: HookScene<Manifest>,
  entries: readonly InventoryEntry[],
): Promise<readonly string[]> {
  const { call, deps } = scene
  const free = entries.filter(({ key }) => !deps.unsettled.has(key))
  if (free.length === 0) return entries.map(({ label }) => label)
  const observed = await deps.target.observe(
    free.map(({ key }) => key),
    call,
  )
  const found = diff({
    desired: new Map(),
    inventory: new Map(free.map((entry) => [entry.key, entry])),
    observed,
    owner: call.owner,
    formerly: deps.formerly,
    marks: deps.target.supports.marks,
    compare: compareFingerprints,
  })
  const deletes = found.changes.filter(({ action, reason }) => action === 'delete' && reason === 'removed')
  const gone = new Set<ResourceKey>(found.forget)
  // What asks never to be deleted is left as it is, and nobody's business any more.
  for (const { key, reason } of found.changes) if (reason === 'kept') gone.add(key)
  const removed: PlannedChange[] = []
  const changes = deletes.map(
    ({ key, label, action, reason, expects }): PlannedChange => ({
      key,
      label,
      action,
      reason,
      expects,
      stage: 0,
    }),
  )
  const outcomes = await applyStage(changes, new Map(), {
    target: deps.target,
    call,
    concurrency: deps.policy.concurrency,
    stopAtFirstFailure: false,
    unsettled: deps.unsettled,
    formerMarks: new Map(
      deletes.flatMap(({ key, observation }) => {
        const mark = formerMarkOf(observation, { owner: call.owner, formerly: deps.formerly })
        return mark === undefined ? [] : [[key, mark] as const]
      }),
    ),
  })
  for (const outcome of outcomes) {
    if (outcome.kind === 'failed') continue
    removed.push(outcome.change)
    if (outcome.result.observation === undefined) gone.add(outcome.change.key)
  }
  // What is gone is gone, even if the engine stops meanwhile.
  if (gone.size > 0) await deps.ledger.commit({ remove: [...gone] }, new AbortController().signal)
  for (const { key, label } of removed)
    deps.bus.emit('hook.removed', { application: call.owner.application, key, label })
  call.signal.throwIfAborted()
  return entries.filter(({ key }) => !gone.has(key)).map(({ label }) => label)
}
