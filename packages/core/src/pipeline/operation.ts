import type { Approval } from '../model/approval.ts'
import { noChanges } from '../model/counts.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { Operation, OperationCause, OperationOutcome } from '../model/operation.ts'
import type { Pin } from '../model/pin.ts'
import type { Plan } from '../model/plan.ts'
import type { ResourceKey } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationHead } from '../model/state.ts'
import { haveEndedWell, mayRepeat } from './hook-steps.ts'

/** A person's, or CI's, wish that something be done now. */
export interface Asked {
  readonly actor: string
  readonly reason?: string
  /** The plan that must still hold. */
  readonly planId?: string
}

/** What decides whether an operation opens. */
export interface OpeningInput {
  readonly head: ApplicationHead
  readonly plan: Plan
  /** Changes nothing holds back and that are no heals. */
  readonly work: number
  readonly automated: boolean
  /** A person approved exactly this plan: for this one, that is what automation would be. */
  readonly approved: boolean
  readonly asked: Asked | undefined
  /** After a failed operation: whether it is time to try the same desired state once more. */
  readonly mayTryAgain: boolean
}

/**
 * Why an operation opens for this plan, if it does:
 * because somebody asked, because the desired state is another than the last operation's, or to try again, unless that is
 * for somebody to decide.
 */
export function causeToOpen(input: OpeningInput): OperationCause | undefined {
  const { head, plan, asked } = input
  if (awaitsRollback(head)) return 'rollback'
  if (asked !== undefined) return 'manual'
  if (!input.automated && !input.approved) return undefined
  const cause = head.pin === undefined ? 'commit' : 'rollback'
  if (head.settled?.desiredDigest !== plan.desiredDigest) return cause
  if (head.settled.awaitsDecision === true) return undefined
  return input.work > 0 && input.mayTryAgain ? cause : undefined
}

/** Whether somebody pinned the application and no operation was opened for that yet. */
export const awaitsRollback = ({ pin, removing }: ApplicationHead): boolean =>
  pin !== undefined && pin.operation === undefined && removing === undefined

/** Whether the operation is a person's wish: what a pin asks for once more, later, is the automation's. */
export const isAskedFor = ({ id, cause }: Operation, { pin }: ApplicationHead): boolean =>
  cause === 'manual' || (cause === 'rollback' && pin?.operation === id)

/** Whether something was done for it that cannot be taken back: a write, or a hook that was started. */
export const hasBegun = ({ changed, hooks = [] }: Operation): boolean => changed.length + hooks.length > 0

/** Whose wish the operation is that a pin opens. */
export const askedByPin = ({ by, reason }: Pin): Asked => ({
  actor: by,
  ...(reason !== undefined && { reason }),
})

/** The head with its operation as it stands now. The first one of a pin is remembered as that. */
export function withOperation({ kept: _, ...head }: ApplicationHead, operation: Operation): ApplicationHead {
  const isOfPin = operation.cause === 'rollback' && awaitsRollback(head)
  const { pin } = head
  return { ...head, operation, ...(isOfPin && pin && { pin: { ...pin, operation: operation.id } }) }
}

/** A new operation for this plan. */
export function openOperation(
  plan: Plan,
  cause: OperationCause,
  asked: Asked | undefined,
  given: {
    readonly id: string
    readonly now: number
    readonly deadlineMs: number
    readonly notes?: readonly string[]
  },
): Operation {
  const message = asked === undefined ? firstLine(plan.revision.message) : asked.reason
  return {
    id: given.id,
    cause,
    actor: asked?.actor ?? plan.revision.author ?? 'unknown',
    ...(message !== undefined && { message }),
    revision: plan.revision,
    desiredDigest: plan.desiredDigest,
    planId: plan.id,
    ...(asked?.planId !== undefined && { approvedPlanId: asked.planId }),
    changed: [],
    counts: noChanges,
    ...(given.notes && { notes: given.notes }),
    attempts: 0,
    startedAt: given.now,
    deadlineAt: given.now + given.deadlineMs,
  }
}

/** The operation while a guard holds it, or after: held time does not count towards the deadline. */
export function markHeld(operation: Operation, held: boolean, now: number): Operation {
  const { heldSince, ...rest } = operation
  if (held) return heldSince === undefined ? { ...rest, heldSince: now } : operation
  if (heldSince === undefined) return operation
  const { begun } = operation
  const heldMs = now - heldSince
  return {
    ...rest,
    deadlineAt: operation.deadlineAt + heldMs,
    ...(begun && { begun: { ...begun, at: begun.at + heldMs } }),
  }
}

/** The operation when it begins to write these keys: another stage, unless it has begun with all of them before. */
export function beginStage(operation: Operation, keys: readonly ResourceKey[], now: number): Operation {
  const changed = new Set(operation.changed)
  if (keys.every((key) => changed.has(key))) return operation
  for (const key of keys) changed.add(key)
  const stage = (operation.begun?.stage ?? 0) + 1
  return { ...operation, changed: [...changed], begun: { stage, at: now } }
}

/** The head without the operation, and the line for the audit log. */
export function endOperation(
  head: ApplicationHead,
  operation: Operation,
  outcome: OperationOutcome,
  reasons: readonly string[],
  now: number,
): { readonly head: ApplicationHead; readonly history: HistoryEntry } {
  const { operation: _, approval: __, written, ...rest } = withOperation(head, operation)
  const approval = approvalAfter(head, operation, outcome, reasons)
  const all = [...reasons, ...(operation.notes ?? [])]
  return {
    head: {
      ...rest,
      ...(approval && { approval }),
      settled: {
        id: operation.id,
        desiredDigest: operation.desiredDigest,
        outcome,
        reasons: all,
        ...(outcome !== 'synced' && !mayRepeat(operation.hooks) && { awaitsDecision: true }),
        ...(isFailure(outcome) && !haveEndedWell(operation.hooks) && { lacksHooks: true }),
      },
      ...(outcome === 'synced' ? { applied: operation.revision } : liveAfter(operation, written)),
      ...(isFailure(outcome) && { troubledSince: rest.troubledSince ?? now }),
    },
    history: {
      at: now,
      cause: operation.cause,
      actor: operation.actor,
      operation: operation.id,
      ...(operation.approval && { approvedBy: operation.approval.actor }),
      planId: operation.approval?.planId ?? operation.planId,
      ...fromOf(written ?? head.applied),
      to: operation.revision.id,
      revision: briefly(operation.revision),
      desiredDigest: operation.desiredDigest,
      ...(operation.message !== undefined && { message: operation.message }),
      counts: operation.counts,
      outcome,
      reasons: all,
      tookMs: now - operation.startedAt,
    },
  }
}

/**
 * What is left of an approval when an operation ends. It served that one; where something newer took the operation's place
 * it is kept, so that the next hold can say why it does not count. One for another desired state is not touched.
 */
function approvalAfter(
  { approval }: ApplicationHead,
  { desiredDigest }: Operation,
  outcome: OperationOutcome,
  reasons: readonly string[],
): Approval | undefined {
  if (approval === undefined || approval.desiredDigest !== desiredDigest) return approval
  return outcome === 'superseded'
    ? { ...approval, ended: `its operation was ${reasons.join('; ')}` }
    : undefined
}

/** What a revision that did not get to its end has left. What wrote nothing leaves what was live before. */
function liveAfter({ counts, revision }: Operation, written: Revision | undefined): { written?: Revision } {
  const hasWritten = counts.created + counts.updated + counts.replaced + counts.deleted + counts.released > 0
  const now = hasWritten ? revision : written
  return now === undefined ? {} : { written: now }
}

const fromOf = (applied: Revision | undefined): { from?: string } =>
  applied === undefined ? {} : { from: applied.id }

/** Whether an operation that ended so leaves the application in trouble. */
export const isFailure = (outcome: OperationOutcome): boolean =>
  outcome === 'failed' || outcome === 'timed-out'

/** A revision as the history keeps it: of its message the first line. */
export const briefly = (revision: Revision): Revision => {
  const message = firstLine(revision.message)
  return message === undefined ? revision : { ...revision, message }
}

/** First line of a commit message. */
export const firstLine = (message: string | undefined): string | undefined => message?.split('\n', 1)[0]
