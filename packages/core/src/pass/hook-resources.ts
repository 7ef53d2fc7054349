import { MooringError } from '../errors/mooring-error.ts'
import type { PlannedChange } from '../model/change.ts'
import type { HookInstance, HookPhase, HookRun } from '../model/hook.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { Operation } from '../model/operation.ts'
import type { Desired, Observation, ResourceKey } from '../model/resource.ts'
import type { DesiredRecord } from '../pipeline/desired-set.ts'
import { type HookEntry, hookEntries } from '../pipeline/hook-instances.ts'
import { asFailed, describeRun, outcomeUnknown } from '../pipeline/hook-steps.ts'
import { withOperation } from '../pipeline/operation.ts'
import { isOwnedBy } from '../pipeline/owned-by.ts'
import { appliedOf } from './applied-of.ts'
import { applyStage, type ChangeOutcome } from './apply-stage.ts'
import {
  type HookScene,
  type HookState,
  instanceOf,
  isThrough,
  recordOperation,
  tellHook,
  through,
  withRun,
} from './hook-scene.ts'
import { removeInstances } from './remove-instances.ts'

/** A run of a hook resource with the inventory entry of its instance. */
interface Made {
  readonly run: HookRun
  readonly entry: HookEntry
}

/**
 * Makes the instances of hooks for an operation: what earlier operations have left of them goes first, intent is recorded
 * before, and each is created expecting absence.
 */
export async function createInstances<Manifest>(
  scene: HookScene<Manifest>,
  operation: Operation,
  hooks: readonly DesiredRecord[],
  phase: HookPhase,
): Promise<HookState> {
  const { call, deps, survey } = scene
  const bodies = await survey.bodies(call)
  const made = new Map<ResourceKey, Made & { readonly instance: Desired<Manifest> }>()
  const now = deps.clock.now()
  for (const { key, label, traits } of hooks) {
    const definition = bodies.get(key)
    if (definition === undefined) throw new TypeError(`Expected a body for ${label}`)
    const instance = instanceOf(scene, definition, operation.id)
    const { deletePolicy = ['beforeCreation'] } = traits?.hook ?? {}
    const run: HookRun = { phase, name: label, of: key, key: instance.key, state: 'started', startedAt: now }
    const hook: HookInstance = { of: key, operation: operation.id, phase, at: now, deletePolicy }
    const pending = { action: 'create', digest: instance.digest, expects: { kind: 'absent' } } as const
    made.set(instance.key, {
      run,
      entry: { key: instance.key, label: instance.label, pending, hook },
      instance,
    })
  }
  const isBefore = (entry: HookEntry): boolean =>
    entry.hook.operation !== operation.id &&
    (made.has(entry.key) ||
      (hooks.some(({ key }) => key === entry.hook.of) && entry.hook.deletePolicy.includes('beforeCreation')))
  const earlier = hookEntries(deps.ledger.peek().inventory).filter(isBefore)
  const left = await removeInstances(scene, earlier)
  if (left.length > 0)
    return { ...through(operation), waits: left.map((label) => `${label} is being deleted`) }
  const kept = await clearKept(scene, operation, new Map([...made].map(([key, { run }]) => [key, run.name])))
  if (!isThrough(kept)) return kept
  let after = operation
  for (const { run } of made.values()) after = withRun(after, run)
  const entries = [...made.values()].map(({ entry }) => entry)
  await recordOperation(scene, after, { set: entries }, call.signal)
  for (const { run } of made.values()) tellHook(scene, after, run)
  return create(scene, after, [...made.values()])
}

/**
 * Deletes what the application kept where an instance is to be made, as far as the plan may: what had become a hook, and
 * has the name of its instance. The instance is made when that is gone.
 */
async function clearKept<Manifest>(
  scene: HookScene<Manifest>,
  operation: Operation,
  names: ReadonlyMap<ResourceKey, string>,
): Promise<HookState> {
  const { deps, survey } = scene
  const { inventory } = deps.ledger.peek()
  const kept = [...inventory.values()].filter(({ key, hook }) => hook === undefined && names.has(key))
  if (kept.length === 0) return through(operation)
  const { changes = [], holds = [] } = survey.plan ?? {}
  const stuck = kept.flatMap(({ key, label }) => {
    const hold = holds.find(({ keys }) => keys.includes(key))
    const isDeleted = changes.some((change) => change.key === key && change.action === 'delete')
    if (isDeleted && hold === undefined) return []
    const why = hold?.message ?? 'it asks to be kept, or is left to another application'
    return [
      `HOOK_FAILED: Expected nothing in place of hook ${names.get(key)}, found ${label}, which the application keeps: ${why}`,
    ]
  })
  if (stuck.length > 0) return { ...through(operation), failures: stuck }
  const left = await removeInstances(scene, kept)
  const count = kept.length - left.length
  const { head } = deps.ledger.peek()
  const deletions = [...head.deletions, { at: deps.clock.now(), count }]
  const counts = { ...operation.counts, deleted: operation.counts.deleted + count }
  const after = { ...operation, counts }
  if (count > 0)
    await deps.ledger.commit(
      { head: { ...withOperation(head, after), deletions } },
      new AbortController().signal,
    )
  return { ...through(after), waits: kept.map(({ label }) => `${label} makes room for a hook`) }
}

/** Looks at the instances that run, and records what they have come to. One that never came into being is made now. */
export async function watchInstances<Manifest>(
  scene: HookScene<Manifest>,
  operation: Operation,
  phase: HookPhase,
): Promise<HookState> {
  const { call, deps } = scene
  const { inventory } = deps.ledger.peek()
  const running = (operation.hooks ?? []).filter(
    (run) => run.phase === phase && run.key !== undefined && run.state === 'started',
  )
  if (running.length === 0) return through(operation)
  const observed = await deps.target.observe(running.map(keyOf), call)
  let after = operation
  const set: InventoryEntry[] = []
  const remove: ResourceKey[] = []
  const told: HookRun[] = []
  const missing: Made[] = []
  for (const run of running) {
    const entry = inventory.get(keyOf(run)) as HookEntry | undefined
    const seen = observed.get(keyOf(run))
    if (seen === undefined && entry?.pending !== undefined && entry.owned === undefined) {
      missing.push({ run, entry })
      continue
    }
    const ours = seen !== undefined && isInstance(entry, seen, scene) ? seen : undefined
    const next = judged(run, seen, ours, scene)
    if (ours === undefined) remove.push(keyOf(run))
    else if (entry !== undefined) set.push(...changedEntry(entry, next, ours))
    if (next === run) continue
    after = withRun(after, next)
    told.push(next)
  }
  // What has come of them is recorded even while the engine stops.
  if (set.length + told.length > 0)
    await recordOperation(scene, after, { set, remove }, new AbortController().signal)
  for (const run of told) tellHook(scene, after, run)
  if (missing.length === 0) return through(after)
  const bodies = await scene.survey.bodies(call)
  const again = missing.flatMap(({ run, entry }) => {
    const definition = bodies.get(entry.hook.of)
    return definition === undefined
      ? []
      : [{ run, entry, instance: instanceOf(scene, definition, operation.id) }]
  })
  return create(scene, after, again)
}

const keyOf = ({ key }: HookRun): ResourceKey => key ?? ''

/** Whether what is live is the instance that was made: by mark, and by uid once that is known. */
function isInstance<Manifest>(
  entry: HookEntry | undefined,
  seen: Observation,
  { call, deps }: HookScene<Manifest>,
): boolean {
  const uid = entry?.owned?.uid
  const isAnother = uid !== undefined && seen.uid !== undefined && uid !== seen.uid
  const { formerly, target } = deps
  return !isAnother && (!target.supports.marks || isOwnedBy(seen, { owner: call.owner, formerly }))
}

/** What a run has come to, by what is live, and whether that is the instance. */
function judged<Manifest>(
  run: HookRun,
  seen: Observation | undefined,
  ours: Observation | undefined,
  { deps }: HookScene<Manifest>,
): HookRun {
  const now = deps.clock.now()
  if (seen === undefined) return asFailed(run, outcomeUnknown(run), now)
  if (ours === undefined) return asFailed(run, notOurs(run), now)
  if (ours.health.state === 'healthy') return { ...run, state: 'finished', endedAt: now }
  if (ours.health.state === 'degraded') return asFailed(run, failed(run, ours.health.message), now)
  return ours.deleting === true ? asFailed(run, outcomeUnknown(run), now) : run
}

const failed = (run: HookRun, message: string | undefined): MooringError =>
  new MooringError({
    code: 'HOOK_FAILED',
    kind: 'permanent',
    message: `Hook ${run.name} (${run.phase}) failed${message === undefined ? '' : `: ${message}`}`,
    hint: 'Look at what it left, mend the cause, and commit or ask for a sync: that is another operation, with another instance.',
  })

const notOurs = (run: HookRun): MooringError =>
  new MooringError({
    code: 'HOOK_FAILED',
    kind: 'permanent',
    message: `Hook ${run.name} (${run.phase}) expected nothing in its place, found a resource that is not ours`,
    hint: 'Delete or rename that resource, or the hook, and ask for a sync.',
  })

/** The entry as it is recorded now: ours since it has been seen, with its outcome. None where nothing is new. */
function changedEntry(entry: HookEntry, run: HookRun, ours: Observation): readonly HookEntry[] {
  const { pending, ...rest } = entry
  const outcomes = {
    finished: 'succeeded',
    failed: 'failed',
    started: undefined,
    aborted: undefined,
  } as const
  const outcome = outcomes[run.state]
  if (pending === undefined && outcome === entry.hook.outcome) return []
  const owned = entry.owned ?? appliedOf(ours, pending?.digest ?? '', undefined, [])
  return [{ ...rest, owned, hook: { ...entry.hook, ...(outcome && { outcome }) } }]
}

/** Creates what is on record as about to be, and records what came of it. */
async function create<Manifest>(
  scene: HookScene<Manifest>,
  operation: Operation,
  made: readonly (Made & { readonly instance: Desired<Manifest> })[],
): Promise<HookState> {
  const { deps, call } = scene
  const late = made.filter(({ entry }) => deps.unsettled.has(entry.key))
  if (late.length > 0)
    return {
      ...through(operation),
      waits: late.map(({ entry }) => `an earlier write of ${entry.label} has not ended`),
    }
  const outcomes = await applyStage(
    made.map(({ instance }) => creationOf(instance)),
    new Map(made.map(({ instance }) => [instance.key, instance])),
    {
      target: deps.target,
      call,
      concurrency: deps.policy.concurrency,
      stopAtFirstFailure: false,
      unsettled: deps.unsettled,
      formerMarks: new Map(),
    },
  )
  const byKey = new Map(made.map((one) => [one.entry.key, one]))
  let after = operation
  const set: InventoryEntry[] = []
  const remove: ResourceKey[] = []
  const told: HookRun[] = []
  const errors: MooringError[] = []
  for (const outcome of outcomes) {
    const { run, entry } = byKey.get(outcome.change.key) as Made
    const next = afterCreation(scene, run, outcome)
    if (outcome.kind === 'applied' && outcome.result.observation !== undefined)
      set.push(...changedEntry(entry, next, outcome.result.observation))
    else if (outcome.kind === 'failed' && next === run) errors.push(outcome.error)
    else if (outcome.kind === 'failed') remove.push(entry.key)
    if (next === run) continue
    after = withRun(after, next)
    told.push(next)
  }
  if (set.length + remove.length > 0)
    await recordOperation(scene, after, { set, remove }, new AbortController().signal)
  for (const run of told) tellHook(scene, after, run)
  call.signal.throwIfAborted()
  const waits = (after.hooks ?? []).filter(
    ({ key, state }) => state === 'started' && key !== undefined && byKey.has(key),
  )
  return { ...through(after), errors, waits: waits.map(describeRun) }
}

/** The same run where that has to be seen, or tried again. */
function afterCreation<Manifest>(scene: HookScene<Manifest>, run: HookRun, outcome: ChangeOutcome): HookRun {
  if (outcome.kind === 'failed')
    return outcome.error.kind === 'permanent' ? asFailed(run, outcome.error, scene.deps.clock.now()) : run
  const { observation } = outcome.result
  return observation === undefined ? run : judged(run, observation, observation, scene)
}

const creationOf = <Manifest>({ key, label, digest, origin }: Desired<Manifest>): PlannedChange => ({
  key,
  label,
  action: 'create',
  reason: 'added',
  expects: { kind: 'absent' },
  to: digest,
  stage: 0,
  ...(origin && { origin }),
})
