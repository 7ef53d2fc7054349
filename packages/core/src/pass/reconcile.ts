import type { GuardedTarget } from '../adapters/guarded-target.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { EventBus } from '../events/event-bus.ts'
import { isHeal } from '../model/change.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { Operation, OperationOutcome } from '../model/operation.ts'
import type { Plan } from '../model/plan.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationHead } from '../model/state.ts'
import { worstOf } from '../pipeline/diff.ts'
import { freeChanges } from '../pipeline/guard-plan.ts'
import { labelsOf } from '../pipeline/guards/guard.ts'
import { type Asked, causeToOpen, endOperation, markHeld, openOperation } from '../pipeline/operation.ts'
import type { Call } from '../ports/call.ts'
import type { Clock } from '../ports/clock.ts'
import type { Snapshot } from '../ports/snapshot.ts'
import type { Unsettled } from './apply-stage.ts'
import { carryOut } from './carry-out.ts'
import { type Conclusion, conclude, describeHolds, saysTheSame } from './conclude.ts'
import type { Contest } from './contest.ts'
import type { Ledger } from './ledger.ts'
import type { PassReport, PassRequest } from './pass-report.ts'
import type { Progress } from './run.ts'
import { deletionsThatCameTrue, type Survey } from './survey.ts'

/** What one application remembers between passes and may forget in a restart. */
export interface PassMemory {
  readonly contest: Contest
  readonly unsettled: Unsettled
  /** After a failed operation: when, on the monotonic clock, the same desired state may be tried again. */
  tryAgainAt: number
  /** What was told last, so that what stays is told once. */
  told: { readonly plan: string; readonly holds: string }
}

/** What a reconciler needs from the engine. */
export interface ReconcilerDeps {
  readonly ledger: Ledger
  readonly bus: EventBus
  readonly clock: Clock
  readonly installation: () => { readonly id: string; readonly digest: Call['digest'] }
  /** The revision the source gave last; throws what the source threw while there is none. */
  readonly revision: () => Revision
  readonly open: (revision: Revision, signal: AbortSignal) => Promise<Snapshot>
  readonly newId: () => string
  /** Writes under way that nobody waits for any more, whoever began them. */
  readonly unsettled: Unsettled
}

/** What reconciling needs. */
export interface ReconcileDeps<Manifest> extends ReconcilerDeps {
  readonly policy: SyncPolicy
  readonly target: GuardedTarget<Manifest>
  readonly memory: PassMemory
  readonly pass: string
}

const healthPollMs = 2_000

/** From a survey to the end of the pass: opens or goes on with an operation, carries out, concludes, records. */
export async function reconcile<Manifest>(
  survey: Survey<Manifest>,
  request: PassRequest,
  call: Call,
  deps: ReconcileDeps<Manifest>,
): Promise<PassReport> {
  const { plan } = survey
  const asked = request.asked
  if (
    asked?.planId !== undefined &&
    asked.planId !== plan.id &&
    survey.state.head.operation?.approvedPlanId !== asked.planId
  ) {
    throw stalePlan(plan.application, asked.planId, plan)
  }
  await supersede(survey, call, deps)
  const { head } = deps.ledger.peek()
  const opened = head.operation === undefined ? open(survey, head, request, deps) : undefined
  announce(survey, opened, call, deps)

  const { contest, unsettled } = deps.memory
  const progress = await carryOut(survey, head.operation ?? opened, call, { ...deps, contest, unsettled })
  const conclusion = conclude({ plan, progress, now: deps.clock.now(), healthPollMs })
  const settled = settle(survey, progress, conclusion, deps)
  await record(survey, settled, deps)
  tellFinished(settled.finished, call, deps)
  return report(survey, progress, conclusion)
}

/** What the end of a pass changes. */
interface Settled {
  readonly head: ApplicationHead
  readonly history: readonly HistoryEntry[]
  readonly finished?: Finished
}

/** An operation that is over. */
interface Finished {
  readonly operation: Operation
  readonly outcome: OperationOutcome
  readonly reasons: readonly string[]
}

/** Told after it is recorded: what nobody can look up has not happened. */
function tellFinished<Manifest>(
  finished: Finished | undefined,
  call: Call,
  { bus, pass }: ReconcileDeps<Manifest>,
): void {
  if (finished === undefined) return
  bus.emit('operation.finished', { application: call.owner.application, pass, ...finished })
}

/** A desired state other than the open operation's puts an end to that operation. */
async function supersede<Manifest>(
  { plan, state }: Survey<Manifest>,
  call: Call,
  deps: ReconcileDeps<Manifest>,
): Promise<void> {
  const operation = state.head.operation
  if (operation === undefined || operation.desiredDigest === plan.desiredDigest) return
  const outcome = 'superseded'
  const reasons = [`superseded by ${plan.revision.label ?? plan.revision.id}`]
  const { head, history } = endOperation(state.head, operation, outcome, reasons, deps.clock.now())
  await deps.ledger.commit({ head, history: [history] }, call.signal)
  tellFinished({ operation, outcome, reasons }, call, deps)
}

function open<Manifest>(
  survey: Survey<Manifest>,
  head: ApplicationHead,
  request: PassRequest,
  deps: ReconcileDeps<Manifest>,
): Operation | undefined {
  const { plan } = survey
  const work = freeChanges(plan).filter((change) => !isHeal(change)).length
  const mayTryAgain = request.trigger === 'revision' || deps.clock.monotonic() >= deps.memory.tryAgainAt
  const asked: Asked | undefined = request.asked
  const cause = causeToOpen({ head, plan, work, automated: deps.policy.automated, asked, mayTryAgain })
  if (cause === undefined) return undefined
  const given = { id: deps.newId(), now: deps.clock.now(), deadlineMs: deps.policy.deadlineMs }
  return openOperation(plan, cause, asked, given)
}

/** Tells the plan before anything is done about it. A plan that is held as before says nothing new. */
function announce<Manifest>(
  { plan }: Survey<Manifest>,
  opened: Operation | undefined,
  call: Call,
  { bus, pass, memory }: ReconcileDeps<Manifest>,
): void {
  const of = { application: call.owner.application, pass }
  const drifted = plan.changes.filter(isHeal)
  const before = memory.told
  memory.told = { plan: JSON.stringify([plan.id, drifted]), holds: JSON.stringify(plan.holds) }
  const isNews = memory.told.plan !== before.plan || memory.told.holds !== before.holds
  const hasWork = freeChanges(plan).length > 0 || opened !== undefined
  if (hasWork || (isNews && plan.changes.length > 0)) bus.emit('plan.made', { ...of, plan })
  if (drifted.length > 0 && (hasWork || isNews)) bus.emit('drift.found', { ...of, changes: drifted })
  if (memory.told.holds !== before.holds) {
    for (const hold of plan.holds) bus.emit('change.held', { ...of, hold })
  }
  if (opened !== undefined) bus.emit('operation.started', { ...of, operation: opened })
}

/** An operation whose time is up ends although its passes fail before they come to it. */
export async function endOverdue<Manifest>(
  error: MooringError,
  call: Call,
  deps: ReconcileDeps<Manifest>,
): Promise<Pick<PassReport, 'operation' | 'outcome' | 'reasons'> | undefined> {
  const { head } = deps.ledger.peek()
  const { operation } = head
  const now = deps.clock.now()
  if (operation === undefined || operation.heldSince !== undefined || now < operation.deadlineAt)
    return undefined
  const reasons = [`${error.code}: ${error.message}`]
  const ended = endOperation(head, operation, 'failed', reasons, now)
  try {
    await deps.ledger.commit({ head: ended.head, history: [ended.history] }, call.signal)
  } catch {
    // The next pass tries again.
    return undefined
  }
  deps.memory.tryAgainAt = deps.clock.monotonic() + deps.policy.intervalMs * 0.9
  const of = { application: call.owner.application, pass: deps.pass }
  deps.bus.emit('operation.finished', { ...of, operation, outcome: 'failed', reasons })
  return { operation, outcome: 'failed', reasons }
}

/** The head after the pass, with what the audit log gets to know. */
function settle<Manifest>(
  survey: Survey<Manifest>,
  progress: Progress,
  { ended, held }: Conclusion,
  { ledger, clock, memory, policy }: ReconcileDeps<Manifest>,
): Settled {
  const now = clock.now()
  const before = ledger.peek().head
  const healed = Object.values(progress.heals).some((count) => count > 0)
  const history = healed ? [healEntry(survey, progress, now)] : []
  if (progress.operation === undefined) return { head: before, history }
  const base: ApplicationHead = before.target === undefined ? { ...before, target: survey.target } : before
  const operation = withHeld(markHeld(progress.operation, held, now), survey, held)
  if (ended === undefined) return { head: { ...base, operation }, history }
  const { outcome, reasons } = ended
  if (outcome !== 'synced') memory.tryAgainAt = clock.monotonic() + policy.intervalMs * 0.9
  const end = endOperation(base, operation, outcome, reasons, now)
  if (!saysTheSame(operation, outcome, reasons, before.settled)) history.push(end.history)
  // What the prune budget is a share of: what there was when all was well, not what a commit has just made.
  const baseline = ledger.peek().inventory.size - survey.differences.forget.length
  const head = outcome === 'synced' ? { ...end.head, baseline } : end.head
  return { head, history, finished: { operation, outcome, reasons } }
}

function withHeld<Manifest>(operation: Operation, { plan }: Survey<Manifest>, held: boolean): Operation {
  const count = held
    ? plan.holds.filter((hold) => hold.holdsOperation).reduce((sum, hold) => sum + hold.keys.length, 0)
    : 0
  return { ...operation, counts: { ...operation.counts, held: count } }
}

const healEntry = <Manifest>(
  { plan, state }: Survey<Manifest>,
  { heals, healed }: Progress,
  now: number,
): HistoryEntry => ({
  at: now,
  cause: 'drift',
  actor: 'mooring',
  planId: plan.id,
  ...(state.head.applied && { from: state.head.applied.id }),
  to: plan.revision.id,
  message: `undid drift of ${labelsOf(healed)}`,
  counts: heals,
  outcome: 'healed',
  reasons: [],
})

/** One commit for everything that is left to say; none where nothing changed. */
async function record<Manifest>(
  { differences }: Survey<Manifest>,
  settled: Settled,
  { ledger, clock }: ReconcileDeps<Manifest>,
): Promise<void> {
  const { history } = settled
  let { head } = settled
  const { renew, forget } = differences
  const before = ledger.peek().head
  const lost = deletionsThatCameTrue(differences, ledger.peek().inventory)
  if (lost > 0) head = { ...head, deletions: [...head.deletions, { at: clock.now(), count: lost }] }
  const nothingNew = history.length === 0 && renew.length === 0 && forget.length === 0
  if (nothingNew && (before === head || JSON.stringify(before) === JSON.stringify(head))) return
  // Recorded even while the engine stops: it has happened.
  await ledger.commit({ head, set: renew, remove: forget, history }, new AbortController().signal)
}

function report<Manifest>(survey: Survey<Manifest>, progress: Progress, conclusion: Conclusion): PassReport {
  const { plan, rendered, set } = survey
  const operation = progress.operation
  const failure = progress.failures[0]
  const outcome = conclusion.ended?.outcome ?? (conclusion.held ? 'held' : undefined)
  const holds = conclusion.held ? describeHolds(plan.holds) : []
  const failures = progress.failures.map((error) => `${error.code}: ${error.message}`)
  return {
    end: conclusion.end,
    rendered,
    resources: set.records.size,
    changed: progress.applied,
    settling: progress.settling,
    health: progress.applied === 0 ? survey.differences.health : worstOf(progress.unhealthy.values()),
    unhealthy: [...progress.unhealthy.keys()].map((key) => set.records.get(key)?.label ?? key),
    plan,
    ...(failure && { error: failure }),
    ...(operation && { operation }),
    ...(outcome && { outcome }),
    reasons: conclusion.ended?.reasons ?? (holds.length > 0 ? holds : failures),
  }
}

/** Thrown by `apply` for a plan that no longer says what would be done. */
export const stalePlan = (application: string, planId: string, fresh: Plan): MooringError =>
  new MooringError({
    code: 'PLAN_STALE',
    kind: 'conflict',
    message: `Plan ${planId} of ${application} is out of date: today's plan is ${fresh.id}`,
    hint: 'Look at engine.plan again and apply that. Nothing was changed.',
  })
