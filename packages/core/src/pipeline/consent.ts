import type { Approval, Consent } from '../model/approval.ts'
import { isHeal, type PlannedChange } from '../model/change.ts'
import type { Operation } from '../model/operation.ts'
import type { Plan } from '../model/plan.ts'
import { agreed } from './agreed.ts'
import { labelsOf } from './guards/guard.ts'
import { hasBegun } from './operation.ts'

/** What consent is worked out from. */
export interface ConsentInput {
  readonly plan: Plan
  readonly approval: Approval | undefined
  /** The open operation, if any. */
  readonly operation: Operation | undefined
  /** Wall clock. */
  readonly now: number
  readonly digest: (content: string) => string
}

/**
 * Whether a person agreed to everything this plan would do. One change that is not among those agreed to makes the whole
 * approval stale: consent to a plan is not consent to a part of it beside something else. Heals need none.
 */
export function consent({ plan, approval, operation, now, digest }: ConsentInput): Consent {
  if (approval === undefined) return { kind: 'none' }
  const strange = strangeTo(approval, plan, operation, digest)
  // What began by it goes on: half of an operation is in nobody's interest.
  const isUnderWay =
    operation !== undefined && hasBegun(operation) && operation.approval?.planId === approval.planId
  const why = whyNot(approval, plan, strange, isUnderWay ? undefined : now)
  if (why === undefined) return { kind: 'given', approval }
  const key = strange[0]?.key
  return { kind: 'stale', approval, why, ...(key !== undefined && { key }) }
}

function whyNot(
  approval: Approval,
  plan: Plan,
  strange: readonly PlannedChange[],
  now: number | undefined,
): string | undefined {
  const names = strange.length === 0 ? '' : `: ${labelsOf(strange)}`
  if (plan.desiredDigest !== approval.desiredDigest)
    return `${plan.revision.label ?? plan.revision.id} desires something else${names}`
  if (approval.ended !== undefined) return approval.ended
  if (now !== undefined && now >= approval.expiresAt)
    return `it expired at ${new Date(approval.expiresAt).toISOString()}`
  return strange.length === 0 ? undefined : `changed on the target since then${names}`
}

/** Changes that nobody agreed to. */
function strangeTo(
  approval: Approval,
  { changes, desiredDigest }: Plan,
  operation: Operation | undefined,
  digest: (content: string) => string,
): readonly PlannedChange[] {
  const known = new Set(approval.changes)
  const begun = new Set(operation?.approval?.planId === approval.planId ? operation.changed : [])
  // A write that a crash left open looks like an edit of the resource. It was announced under this approval, and what would
  // be written is what was agreed to, because the desired state is. So is the second half of a replace.
  const isGoneOnWith = ({ key, reason, action }: PlannedChange): boolean =>
    desiredDigest === approval.desiredDigest &&
    begun.has(key) &&
    ((reason === 'unsettled' && (action === 'create' || action === 'update')) ||
      (action === 'create' && operation?.replacing?.includes(key) === true))
  return changes.filter(
    (change) => !isHeal(change) && !isGoneOnWith(change) && !known.has(agreed(change, digest)),
  )
}
