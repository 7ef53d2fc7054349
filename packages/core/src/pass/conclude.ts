import type { MooringError } from '../errors/mooring-error.ts'
import type { Operation, OperationOutcome } from '../model/operation.ts'
import type { Hold, Plan } from '../model/plan.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { ResourceKey } from '../model/resource.ts'
import type { PassEnd } from '../pipeline/decide.ts'
import type { Progress } from './run.ts'

/** What a pass comes to: when to look again, and whether its operation is over. */
export interface Conclusion {
  readonly end: PassEnd
  readonly ended?: { readonly outcome: OperationOutcome; readonly reasons: readonly string[] }
  /** Whether a guard holds the operation. */
  readonly held: boolean
}

/** What a conclusion is drawn from. */
export interface ConclusionInput {
  readonly plan: Plan
  readonly progress: Progress
  readonly now: number
  /** How often health is looked at while something is awaited. */
  readonly healthPollMs: number
  readonly policy: Pick<SyncPolicy, 'stageDeadlineMs'>
  /** What the operation's hooks wait for, and why they fail it. Default neither. */
  readonly hooks?: { readonly waits: readonly string[]; readonly failures: readonly string[] }
}

/** Draws the conclusion. Pure. */
export function conclude(input: ConclusionInput): Conclusion {
  const { plan, progress, now } = input
  const { operation, failures } = progress
  const holds = plan.holds.filter((hold) => hold.holdsOperation)
  const retry = retryFor(failures)
  if (operation === undefined) {
    const waits = progress.left > 0 || progress.settling > 0 || plan.waiting.length > 0
    return {
      end: retry ?? (waits ? { kind: 'wait', atMostMs: input.healthPollMs * quiet } : { kind: 'rest' }),
      held: false,
    }
  }
  const { failures: failedHooks = [] } = input.hooks ?? {}
  if (failedHooks.length > 0)
    return { end: { kind: 'stall' }, ended: { outcome: 'failed', reasons: failedHooks }, held: false }
  if (failures.some((error) => error.kind === 'conflict')) return { end: { kind: 'replan' }, held: false }
  if (progress.gone > 0) return { end: { kind: 'replan' }, held: false }
  const deadlineAt = Math.min(operation.deadlineAt, stageDeadlineOf(operation, input))
  const overdue = operation.heldSince === undefined && now >= deadlineAt
  if (failures.length > 0) {
    // What was deleted to be made anew must not stay away because of a neighbour.
    const isHalfDone = operation.replacing !== undefined
    const hopeless = !isHalfDone && failures.every((error) => error.kind === 'permanent')
    const reasons = failures.map(describe)
    if (hopeless || overdue)
      return { end: { kind: 'stall' }, ended: { outcome: 'failed', reasons }, held: false }
    return { end: isHalfDone || retry === undefined ? { kind: 'retry' } : retry, held: false }
  }
  const awaited = awaitedBy(input)
  if (holds.length > 0) {
    const end: PassEnd =
      progress.unready.size + progress.settling + plan.waiting.length > 0
        ? { kind: 'wait', atMostMs: input.healthPollMs }
        : { kind: 'wait' }
    return { end, held: true }
  }
  if (awaited.length === 0)
    return { end: { kind: 'rest' }, ended: { outcome: 'synced', reasons: [] }, held: false }
  if (overdue)
    return {
      end: { kind: 'stall' },
      ended: { outcome: late(input), reasons: tooLate(input, awaited) },
      held: false,
    }
  const atMostMs = Math.max(0, Math.min(deadlineAt - now, input.healthPollMs))
  return { end: { kind: 'wait', atMostMs }, held: false }
}

/** Where no operation waits, nobody is in a hurry: what waits may do so for days. */
const quiet = 15

const stageDeadlineOf = ({ begun }: Operation, { policy }: ConclusionInput): number =>
  begun === undefined || policy.stageDeadlineMs === 'none'
    ? Number.POSITIVE_INFINITY
    : begun.at + policy.stageDeadlineMs

/** What was awaited in vain, and which options say how long and what for. */
function tooLate(input: ConclusionInput, awaited: readonly string[]): readonly string[] {
  const { progress, now, policy } = input
  const { operation, unpruned } = progress
  if (operation === undefined) return awaited
  const isStage = now < operation.deadlineAt
  const seconds = policy.stageDeadlineMs === 'none' ? 0 : policy.stageDeadlineMs / 1_000
  return [
    ...(isStage
      ? [`stage ${operation.begun?.stage} was not ready within ${seconds} s (sync.stageDeadlineMs)`]
      : []),
    ...awaited,
    ...(unpruned > 0
      ? [`${unpruned} deletes waited for that; with sync.pruneWhen: 'applied' they would not`]
      : []),
  ]
}

/** Why the operation cannot end yet. */
function awaitedBy({ plan, progress, hooks }: ConclusionInput): readonly string[] {
  const labels = new Map(plan.changes.map(({ key, label }) => [key, label]))
  const labelOf = (key: ResourceKey): string => labels.get(key) ?? progress.labelOf(key)
  const reasons = [...progress.unready].map(
    ([key, health]) => `${labelOf(key)} is ${health.state}${health.message ? `: ${health.message}` : ''}`,
  )
  for (const { label, reason, code } of plan.waiting) {
    reasons.push(code === undefined ? `${label} waits: ${reason}` : `${code}: ${label} waits: ${reason}`)
  }
  if (progress.settling > 0) reasons.push(`${progress.settling} deletions are under way`)
  reasons.push(...(hooks?.waits ?? []))
  if (progress.left > 0 && reasons.length === 0)
    reasons.push(`${progress.left} changes wait for an earlier write to end`)
  return reasons
}

/** What waited in vain for something that only a commit can bring has failed; what may still come is only late. */
const late = ({ plan, progress }: ConclusionInput): OperationOutcome =>
  plan.waiting.some(({ code }) => code !== undefined) ||
  [...progress.unready.values()].some((health) => health.state === 'degraded')
    ? 'failed'
    : 'timed-out'

function retryFor(failures: readonly MooringError[]): PassEnd | undefined {
  if (failures.length === 0) return undefined
  if (failures.some((error) => error.kind === 'conflict')) return { kind: 'replan' }
  if (failures.every((error) => error.kind === 'permanent')) return { kind: 'stall' }
  const waits = failures.map(({ retryAfterMs = 0 }) => retryAfterMs).filter(Number.isFinite)
  const asked = waits.reduce((most, ms) => Math.max(most, ms), 0)
  return asked > 0 ? { kind: 'retry', retryAfterMs: asked } : { kind: 'retry' }
}

/** An error as one line of reasons. */
const describe = (error: MooringError): string => `${error.code}: ${error.message}`

/** Why changes are held, one line for each rule. */
export const describeHolds = (holds: readonly Hold[]): readonly string[] =>
  holds.filter((hold) => hold.holdsOperation).map((hold) => `${hold.code}: ${hold.message} (${hold.release})`)

/** Whether two operations ended the same way on the same desired state, so that saying it again says nothing. */
export const saysTheSame = (
  operation: Operation,
  outcome: OperationOutcome,
  reasons: readonly string[],
  before:
    | { readonly desiredDigest: string; readonly outcome: string; readonly reasons: readonly string[] }
    | undefined,
): boolean =>
  operation.cause !== 'manual' &&
  outcome !== 'synced' &&
  before?.desiredDigest === operation.desiredDigest &&
  before.outcome === outcome &&
  before.reasons.join('\n') === reasons.join('\n')
