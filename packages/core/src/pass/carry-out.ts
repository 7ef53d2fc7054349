import type { GuardedTarget } from '../adapters/guarded-target.ts'
import { classify } from '../errors/classify.ts'
import type { EventBus } from '../events/event-bus.ts'
import { isHeal, type PlannedChange } from '../model/change.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { Operation } from '../model/operation.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { ResourceKey } from '../model/resource.ts'
import { freeChanges } from '../pipeline/guard-plan.ts'
import { destroys } from '../pipeline/guards/protected-resources.ts'
import { withOperation } from '../pipeline/operation.ts'
import type { Call } from '../ports/call.ts'
import type { Clock } from '../ports/clock.ts'
import {
  applyStage,
  type ChangeOutcome,
  intentOf,
  needsBody,
  type Unsettled,
  withBody,
  withPlace,
} from './apply-stage.ts'
import type { Contest } from './contest.ts'
import type { Ledger } from './ledger.ts'
import type { Bodies } from './render-desired.ts'
import { type Immutables, isSecondHalf, learntFrom } from './replacements.ts'
import { newRun, type Progress, type Run } from './run.ts'
import { stagesOf } from './stages.ts'
import type { Survey } from './survey.ts'

/** What carrying out a plan needs from the engine. */
export interface CarryOutDeps<Manifest> {
  readonly target: GuardedTarget<Manifest>
  readonly policy: SyncPolicy
  readonly ledger: Ledger
  readonly bus: EventBus
  readonly clock: Clock
  readonly contest: Contest
  readonly unsettled: Unsettled
  readonly immutables: Immutables
  readonly pass: string
  /** True: the operation may not write yet, or no more; drift is undone all the same. */
  readonly healsOnly?: boolean
  /** True: something has to happen after each stage before the next. */
  readonly stops?: boolean
}

/**
 * Applies what the plan leaves free, stage by stage: intent is recorded before a stage, the outcome after it. Stops where
 * a stage is not ready; the pass comes back when it is. Prunes only when everything before went well.
 */
export async function carryOut<Manifest>(
  survey: Survey<Manifest>,
  operation: Operation | undefined,
  call: Call,
  deps: CarryOutDeps<Manifest>,
): Promise<Progress> {
  const run = newRun(survey, operation, deps)
  const changes = changesToMake(survey, operation, deps, run)
  if (changes.length === 0) return run.progress()
  let bodies: Bodies<Manifest> = new Map()
  try {
    if (changes.some(needsBody)) bodies = await survey.bodies(call)
  } catch (thrown) {
    call.signal.throwIfAborted()
    run.fail(classify(thrown, 'RENDER_FAILED', 'The manifests could not be rendered again'))
    return run.progress()
  }
  if (deps.policy.onFailure === 'atomic') {
    const refused = await refusedByPreview(changes, bodies, call, deps)
    for (const outcome of refused) {
      announce(outcome, call, deps)
      run.note(outcome)
    }
    if (refused.length > 0) return run.progress()
  }

  const causes = await causesOf(changes, bodies, call, deps)
  for (const stage of stagesOf(changes)) {
    const ready = run.readyFor(stage, deps.stops === true)
    if (ready.length === 0) continue
    await recordIntent(ready, run, call, deps)
    const ended = await applyStage(ready, bodies, {
      target: deps.target,
      call,
      concurrency: deps.policy.concurrency,
      stopAtFirstFailure: deps.policy.onFailure === 'atomic',
      unsettled: deps.unsettled,
      onUnderWay: run.leave,
      formerMarks: survey.formerMarks,
    })
    const outcomes = ended.map((outcome) => learning(outcome, survey, deps))
    if (deps.stops === true) run.endStage(outcomes, ready.length)
    await recordOutcomes(outcomes, run, call, { ...deps, causes })
    call.signal.throwIfAborted()
    if (run.hasFailed() && deps.policy.onFailure === 'atomic') break
  }
  return run.progress()
}

function learning<Manifest>(
  outcome: ChangeOutcome,
  { replaceable }: Survey<Manifest>,
  { immutables }: CarryOutDeps<Manifest>,
): ChangeOutcome {
  if (outcome.kind !== 'failed') return outcome
  return { ...outcome, error: learntFrom(outcome.error, outcome.change, replaceable, immutables) }
}

/** What is free to be done now: not held, not contested, no write of it under way, and wanted by an operation or a heal. */
function changesToMake<Manifest>(
  survey: Survey<Manifest>,
  operation: Operation | undefined,
  deps: CarryOutDeps<Manifest>,
  run: Run,
): readonly PlannedChange[] {
  const free = freeChanges(survey.plan)
  const wanted = operation === undefined ? free.filter(isHeal) : free
  return wanted.filter((change) => {
    // A person who asks is not kept waiting for the end of a contest.
    const isAsked = operation !== undefined && operation.cause !== 'commit'
    const contested = !isAsked && isHeal(change) && deps.contest.mustWait(change.key, deps.clock.monotonic())
    const isEarly = deps.healsOnly === true && !isHeal(change)
    const blocked = isEarly || contested || deps.unsettled.has(change.key)
    if (blocked) run.leave(change)
    return !blocked
  })
}

/** Who changed what will have been healed too often, asked while it still shows. */
async function causesOf<Manifest>(
  changes: readonly PlannedChange[],
  bodies: Bodies<Manifest>,
  call: Call,
  { target, contest, clock }: CarryOutDeps<Manifest>,
): Promise<Causes> {
  const causes = new Map<ResourceKey, readonly string[]>()
  for (const change of changes) {
    if (!isHeal(change) || !contest.isNext(change.key, clock.monotonic())) continue
    causes.set(change.key, await target.explain(withBody(change, bodies), call))
  }
  return causes
}

type Causes = ReadonlyMap<ResourceKey, readonly string[]>

/** Changes that the target would refuse, found out before any of them is made. */
async function refusedByPreview<Manifest>(
  changes: readonly PlannedChange[],
  bodies: Bodies<Manifest>,
  call: Call,
  { target }: CarryOutDeps<Manifest>,
): Promise<readonly ChangeOutcome[]> {
  const refused: ChangeOutcome[] = []
  for (const change of changes) {
    try {
      await target.preview(withBody(change, bodies), call)
    } catch (thrown) {
      call.signal.throwIfAborted()
      refused.push({
        kind: 'failed',
        change,
        error: withPlace(classify(thrown, 'TARGET_FAILED', `preview of ${change.label}`), change),
      })
    }
  }
  return refused
}

async function recordIntent<Manifest>(
  changes: readonly PlannedChange[],
  run: Run,
  call: Call,
  { ledger, clock }: CarryOutDeps<Manifest>,
): Promise<void> {
  const { inventory, head } = ledger.peek()
  const operation = run.intend(changes)
  // From here on nothing tells any more that these were deleted: it is counted now.
  const count = changes.filter((change) =>
    isSecondHalf({ ...change, entry: inventory.get(change.key) }),
  ).length
  const deletions = count === 0 ? head.deletions : [...head.deletions, { at: clock.now(), count }]
  await ledger.commit(
    {
      head: { ...(operation ? withOperation(head, operation) : head), target: run.target, deletions },
      set: changes.map((change) => intentOf(change, inventory.get(change.key))),
    },
    call.signal,
  )
}

async function recordOutcomes<Manifest>(
  outcomes: readonly ChangeOutcome[],
  run: Run,
  call: Call,
  deps: CarryOutDeps<Manifest> & { readonly causes: Causes },
): Promise<void> {
  const { head, inventory } = deps.ledger.peek()
  const set: InventoryEntry[] = []
  const remove: ResourceKey[] = []
  let destroyed = 0
  for (const outcome of outcomes) {
    announce(outcome, call, deps)
    run.note(outcome)
    if (outcome.kind === 'failed') continue
    const { change, result } = outcome
    if (change.action === 'release' || (change.action === 'delete' && result.observation === undefined)) {
      remove.push(change.key)
    } else if (!destroys(change)) set.push(run.entryAfter(outcome))
    else {
      // Accepted and counted: it must not count again when the resource is gone.
      const { pending: _, ...entry } = inventory.get(change.key) ?? intentOf(change, undefined)
      if (entry.owned !== undefined) set.push(entry)
    }
    if (destroys(change)) destroyed++
  }
  const now = deps.clock.now()
  const operation = run.operation()
  const recent = head.deletions.filter(({ at }) => at > now - 3_600_000)
  const deletions = destroyed === 0 ? recent : [...recent, { at: now, count: destroyed }]
  // What happened is recorded even when the engine is being stopped: the writes are done.
  const signal = new AbortController().signal
  await deps.ledger.commit(
    { head: { ...(operation ? withOperation(head, operation) : head), deletions }, set, remove },
    signal,
  )
}

function announce<Manifest>(
  outcome: ChangeOutcome,
  call: Call,
  deps: CarryOutDeps<Manifest> & { readonly causes?: Causes },
): void {
  const { change } = outcome
  const of = { application: call.owner.application, pass: deps.pass, change }
  if (outcome.kind === 'failed') {
    const { code, kind, message, hint } = outcome.error
    deps.bus.emit('change.failed', {
      ...of,
      error: { code, kind, message, ...(hint !== undefined && { hint }) },
    })
    return
  }
  deps.bus.emit('change.applied', { ...of, unchanged: outcome.result.outcome === 'unchanged' })
  if (!isHeal(change)) return
  const now = deps.clock.monotonic()
  deps.contest.healed(change.key, now)
  if (deps.contest.mustWait(change.key, now)) {
    const heals = deps.contest.heals(change.key, now)
    deps.bus.emit('drift.contested', {
      application: of.application,
      pass: of.pass,
      key: change.key,
      label: change.label,
      heals,
      causes: deps.causes?.get(change.key) ?? [],
    })
  }
}
