import { endsOwnership, isHeal, type PlannedChange } from '../model/change.ts'
import { noChanges } from '../model/counts.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { Operation } from '../model/operation.ts'
import type { Plan } from '../model/plan.ts'
import type { HealthState } from '../model/resource.ts'
import type { ApplicationHead } from '../model/state.ts'
import { worstOf } from '../pipeline/diff.ts'
import { freeChanges } from '../pipeline/guard-plan.ts'
import { labelsOf } from '../pipeline/guards/guard.ts'
import { withoutHooks } from '../pipeline/hook-instances.ts'
import { briefly, endOperation, isFailure, markHeld, withOperation } from '../pipeline/operation.ts'
import { trouble } from '../pipeline/trouble.ts'
import { type Conclusion, saysTheSame } from './conclude.ts'
import type { Finished } from './finish-operation.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Progress } from './run.ts'
import { deletionsThatCameTrue, type Survey } from './survey.ts'
import { workOf } from './work-of.ts'

/** What the end of a pass changes. */
export interface Settled {
  readonly head: ApplicationHead
  readonly history: readonly HistoryEntry[]
  readonly finished?: Finished
}

/** The head after the pass, with what the audit log gets to know. */
export function settle<Manifest>(
  survey: Survey<Manifest>,
  progress: Progress,
  conclusion: Conclusion,
  deps: ReconcileDeps<Manifest>,
): Settled {
  const settled = settleOperation(survey, progress, conclusion, deps)
  const { outcome } = conclusion.ended ?? {}
  const { troubledSince, ...head } = settled.head
  const now = deps.clock.now()
  const found = trouble({
    since: deps.ledger.peek().head.troubledSince,
    seenAt: deps.memory.troubleSeenAt,
    now,
    health: healthAfter(survey, progress),
    hasFailed: outcome !== undefined && isFailure(outcome),
    isWell: isWell(survey, progress, conclusion),
  })
  deps.memory.troubleSeenAt = found.seenAt
  const { recoveredMs, since } = found
  const history = recoveredMs === undefined ? settled.history : recovered(settled, survey, recoveredMs, now)
  return { ...settled, history, head: since === troubledSince ? settled.head : withTrouble(head, since) }
}

const withTrouble = (head: ApplicationHead, troubledSince: number | undefined): ApplicationHead =>
  troubledSince === undefined ? head : { ...head, troubledSince }

/** The health of the application after what the pass has done. */
export const healthAfter = <Manifest>({ differences }: Survey<Manifest>, progress: Progress): HealthState =>
  progress.applied === 0 ? differences.health : worstOf(progress.unhealthy.values())

function isWell<Manifest>(
  survey: Survey<Manifest>,
  progress: Progress,
  { ended, held }: Conclusion,
): boolean {
  const { plan, state } = survey
  const health = healthAfter(survey, progress)
  if (held || (health !== 'healthy' && health !== 'paused')) return false
  if (progress.operation !== undefined) return ended?.outcome === 'synced'
  const isQuiet = progress.left + progress.settling + progress.failures.length + plan.waiting.length === 0
  return isQuiet && freeChanges(plan).every(isHeal) && !isFailedStill(plan, state.head)
}

/** Whether the last operation failed, and what would make up for that is held, or has not been asked for. */
function isFailedStill({ changes, desiredDigest }: Plan, { settled }: ApplicationHead): boolean {
  if (settled === undefined || !isFailure(settled.outcome)) return false
  const isLeft = changes.some((change) => !isHeal(change) && !endsOwnership(change))
  return isLeft || (settled.lacksHooks === true && settled.desiredDigest === desiredDigest)
}

/** Whatever this pass has to tell brought it back; where it has nothing to tell, that is told. */
function recovered<Manifest>(
  { history, head }: Settled,
  { plan }: Survey<Manifest>,
  recoveredMs: number,
  at: number,
): readonly HistoryEntry[] {
  const last = history.at(-1)
  if (last !== undefined) return [...history.slice(0, -1), { ...last, recoveredMs }]
  const { applied } = head
  return [
    {
      at,
      cause: 'health',
      actor: 'mooring',
      ...(applied && { from: applied.id }),
      to: plan.revision.id,
      revision: briefly(plan.revision),
      message: 'well again',
      counts: noChanges,
      outcome: 'recovered',
      reasons: [],
      recoveredMs,
    },
  ]
}

function settleOperation<Manifest>(
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
  if (ended === undefined) return { head: withOperation(base, operation), history }
  const { outcome, reasons } = ended
  if (outcome !== 'synced') {
    memory.tryAgainAt = clock.monotonic() + policy.intervalMs * 0.9
    memory.failedWork = workOf(survey.plan)
  }
  const end = endOperation(base, operation, outcome, reasons, now)
  const isFirstOfPin = end.head.pin?.operation === operation.id
  if (isFirstOfPin || !saysTheSame(operation, outcome, end.history.reasons, before.settled))
    history.push(end.history)
  // What the prune budget is a share of: what there was when all was well, not what a commit has just made.
  const baseline = withoutHooks(ledger.peek().inventory).size - survey.differences.forget.length
  const head = outcome === 'synced' ? { ...end.head, baseline } : end.head
  return { head, history, finished: { operation, outcome, reasons: end.history.reasons } }
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
  cause: healed.every(({ reason }) => reason === 'renamed') ? 'rename' : 'drift',
  actor: 'mooring',
  planId: plan.id,
  ...(state.head.applied && { from: state.head.applied.id }),
  to: plan.revision.id,
  revision: briefly(plan.revision),
  message: describeHeals(healed),
  counts: heals,
  outcome: 'healed',
  reasons: [],
})

function describeHeals(healed: readonly PlannedChange[]): string {
  const renamed = healed.filter(({ reason }) => reason === 'renamed')
  const drifted = healed.filter(({ reason }) => reason !== 'renamed')
  return [
    ...(drifted.length > 0 ? [`undid drift of ${labelsOf(drifted)}`] : []),
    ...(renamed.length > 0 ? [`renewed the marks of ${labelsOf(renamed)}`] : []),
  ].join('; ')
}

/** One commit for everything that is left to say; none where nothing changed. */
export async function record<Manifest>(
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
