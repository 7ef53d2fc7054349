import { hooksOf } from '../application/hooks.ts'
import { isHeal, type PlannedChange } from '../model/change.ts'
import type { Operation } from '../model/operation.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationHead } from '../model/state.ts'
import { freeChanges, hooksAreHeld } from '../pipeline/guard-plan.ts'
import { askedByPin, causeToOpen, openOperation } from '../pipeline/operation.ts'
import { notesOnRollback } from '../pipeline/rollback.ts'
import type { Call } from '../ports/call.ts'
import { carryOut } from './carry-out.ts'
import { type Conclusion, conclude, describeHolds } from './conclude.ts'
import { supersede, tellFinished } from './finish-operation.ts'
import { type HookScene, isThrough } from './hook-scene.ts'
import { beginHooks, type Concluded, concludeWithHooks } from './hooked-operation.ts'
import type { PassReport, PassRequest } from './pass-report.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import { tidyInstances } from './remove-instances.ts'
import type { Progress } from './run.ts'
import { healthAfter, record, type Settled, settle } from './settle.ts'
import { stalePlan } from './stale-plan.ts'
import type { Survey } from './survey.ts'
import { workOf } from './work-of.ts'

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
  if (survey.set.waiting.length > 0) deps.memory.waitedFor = plan.desiredDigest
  const { head } = deps.ledger.peek()
  const opened =
    head.operation === undefined ? approved(open(survey, head, request, deps), survey) : undefined
  announce(survey, opened, call, deps)

  const current = askedFor(sameRevision(head.operation, plan.revision), request)
  const operation = approved(current, survey) ?? opened
  const { progress, conclusion } = await work(survey, operation, call, deps)
  const settled = settle(survey, progress, conclusion, deps)
  await record(survey, settled, deps)
  tellFinished(settled.finished, call, deps)
  return report(survey, progress, await withTidying(survey, conclusion, call, deps), settled)
}

/** What the plan asks for, with the hooks around it. A removal runs none. */
async function work<Manifest>(
  survey: Survey<Manifest>,
  operation: Operation | undefined,
  call: Call,
  deps: ReconcileDeps<Manifest>,
): Promise<Concluded> {
  const { plan } = survey
  const { contest, unsettled, immutables } = deps.memory
  const given = { ...deps, contest, unsettled, immutables }
  const conclusionInput = () => ({ plan, now: deps.clock.now(), healthPollMs, policy: deps.policy })
  if (operation === undefined || survey.removing) {
    const progress = await carryOut(survey, operation, call, given)
    return { progress, conclusion: conclude({ ...conclusionInput(), progress }) }
  }
  const scene: HookScene<Manifest> = { survey, call, deps }
  // While all of it is held, nothing has begun.
  const isHeld =
    hooksAreHeld(plan) ||
    (plan.holds.some(({ holdsOperation }) => holdsOperation) && !freeChanges(plan).some(isWork))
  const begun = await beginHooks(scene, operation, !isHeld)
  const progress = await carryOut(survey, begun.operation, call, {
    ...given,
    healsOnly: !isThrough(begun) || begun.operation.failing !== undefined,
    stops: hooksOf(deps.hooks, 'afterStage').length > 0,
  })
  return concludeWithHooks(scene, begun, progress, conclusionInput())
}

const isWork = (change: PlannedChange): boolean => !isHeal(change)

/** Deletes what hooks left and nobody needs any more. What could not be deleted is tried again before long. */
async function withTidying<Manifest>(
  survey: Survey<Manifest>,
  conclusion: Conclusion,
  call: Call,
  deps: ReconcileDeps<Manifest>,
): Promise<Conclusion> {
  if (survey.removing) return conclusion
  const left = await tidyInstances({ survey, call, deps })
  if (left.length === 0 || conclusion.end.kind !== 'rest') return conclusion
  return { ...conclusion, end: { kind: 'wait', atMostMs: healthPollMs } }
}

/** Undoes drift and nothing else: opens no operation and goes on with none. */
export async function healOnly<Manifest>(
  survey: Survey<Manifest>,
  call: Call,
  deps: ReconcileDeps<Manifest>,
): Promise<void> {
  const { plan } = survey
  if (!freeChanges(plan).some(isHeal)) return
  announce(survey, undefined, call, deps)
  const { contest, unsettled, immutables } = deps.memory
  const progress = await carryOut(survey, undefined, call, { ...deps, contest, unsettled, immutables })
  const conclusion = conclude({ plan, progress, now: deps.clock.now(), healthPollMs, policy: deps.policy })
  await record(survey, settle(survey, progress, conclusion, deps), deps)
}

function open<Manifest>(
  survey: Survey<Manifest>,
  head: ApplicationHead,
  request: PassRequest,
  deps: ReconcileDeps<Manifest>,
): Operation | undefined {
  const { plan } = survey
  const work = freeChanges(plan).filter((change) => !isHeal(change)).length
  const { tryAgainAt, failedWork } = deps.memory
  const isOtherWork = failedWork !== undefined && failedWork !== workOf(plan)
  const approved = survey.consent.kind === 'given'
  const isNews = request.trigger === 'revision' || isOtherWork || approved
  const mayTryAgain = isNews || deps.clock.monotonic() >= tryAgainAt
  const { asked } = request
  const { automated } = deps.policy
  const cause = causeToOpen({ head, plan, work, automated, approved, asked, mayTryAgain })
  if (cause === undefined) return undefined
  const whose = cause === 'rollback' && head.pin ? askedByPin(head.pin) : asked
  const notes = cause === 'rollback' ? notesOnRollback(head.pin, plan) : []
  const given = { id: deps.newId(), now: deps.clock.now(), deadlineMs: deps.policy.deadlineMs }
  return openOperation(plan, cause, whose, { ...given, ...(notes.length > 0 && { notes }) })
}

/** The open operation with who asked for it in this pass: what is left for later passes is a wish of theirs as well. */
const askedFor = (operation: Operation | undefined, { asked }: PassRequest): Operation | undefined =>
  operation === undefined || asked === undefined ? operation : { ...operation, askedBy: asked.actor }

/** The operation with its revision as the source tells of it now: whether somebody vouches for it may have changed. */
const sameRevision = (operation: Operation | undefined, revision: Revision): Operation | undefined =>
  operation === undefined || operation.revision.id !== revision.id ? operation : { ...operation, revision }

/** The operation with the approval that it runs by, if there is one. */
function approved<Manifest>(
  operation: Operation | undefined,
  { consent }: Survey<Manifest>,
): Operation | undefined {
  if (operation === undefined || consent.kind !== 'given') return operation
  const { planId, actor, at } = consent.approval
  return { ...operation, approval: { planId, actor, at } }
}

/** Tells the plan before anything is done about it. A plan that is held as before says nothing new. */
function announce<Manifest>(
  { plan, skipped }: Survey<Manifest>,
  opened: Operation | undefined,
  call: Call,
  { bus, pass, memory }: ReconcileDeps<Manifest>,
): void {
  const of = { application: call.owner.application, pass }
  const drifted = plan.changes.filter((change) => isHeal(change) && change.reason !== 'renamed')
  const before = memory.told
  memory.told = {
    plan: JSON.stringify([plan.id, drifted]),
    holds: JSON.stringify(plan.holds),
    skipped: JSON.stringify(skipped),
  }
  if (memory.told.skipped !== before.skipped) {
    for (const one of skipped) bus.emit('manifest.skipped', { ...of, skipped: one })
  }
  const isNews = memory.told.plan !== before.plan || memory.told.holds !== before.holds
  const hasWork = freeChanges(plan).length > 0 || opened !== undefined
  if (hasWork || (isNews && plan.changes.length > 0)) bus.emit('plan.made', { ...of, plan })
  if (drifted.length > 0 && (hasWork || isNews)) bus.emit('drift.found', { ...of, changes: drifted })
  if (memory.told.holds !== before.holds) {
    for (const hold of plan.holds) bus.emit('change.held', { ...of, hold })
  }
  if (opened !== undefined) bus.emit('operation.started', { ...of, operation: opened })
}

function report<Manifest>(
  survey: Survey<Manifest>,
  progress: Progress,
  conclusion: Conclusion,
  { finished, head }: Settled,
): PassReport {
  const { plan, rendered, set } = survey
  const operation = progress.operation && (finished?.operation ?? head.operation ?? progress.operation)
  const failure = progress.failures[0]
  const isStuck = plan.holds.some(({ holdsOperation, passing }) => holdsOperation && passing !== true)
  const outcome = conclusion.ended?.outcome ?? (conclusion.held && isStuck ? 'held' : undefined)
  const holds = conclusion.held ? [...describeHolds(plan.holds), ...(operation?.notes ?? [])] : []
  const failures = progress.failures.map((error) => `${error.code}: ${error.message}`)
  return {
    end: conclusion.end,
    rendered,
    resources: set.records.size,
    changed: progress.applied,
    settling: progress.settling,
    health: healthAfter(survey, progress),
    unhealthy: [...progress.unhealthy].map(([key, health]) => ({
      label: set.records.get(key)?.label ?? key,
      ...health,
    })),
    plan,
    ...(failure && { error: failure }),
    ...(operation && { operation }),
    ...(outcome && { outcome }),
    reasons: finished?.reasons ?? (holds.length > 0 ? holds : failures),
  }
}
