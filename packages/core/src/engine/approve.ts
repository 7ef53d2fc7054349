import type { Approval } from '../model/approval.ts'
import { isHeal } from '../model/change.ts'
import type { Operation } from '../model/operation.ts'
import type { Plan } from '../model/plan.ts'
import type { ApplicationState } from '../model/state.ts'
import type { Entry } from '../pass/ledger.ts'
import { agreed } from '../pipeline/agreed.ts'
import { decisionEntry } from './decision-entry.ts'

/** Who approves a plan, and for how long. */
export interface Approving {
  /** Stands in the history. */
  readonly actor: string
  /** Stands in the history as the reason. */
  readonly reason?: string
  /** Default 86400000, a day; at most a year. What has not begun by then is held again. */
  readonly expiresInMs?: number
}

/** What is recorded when a person approves a plan. One that was given before is replaced. Pure. */
export function approve(
  { head }: ApplicationState,
  plan: Plan,
  { actor, reason, expiresInMs = dayMs }: Approving,
  { now, digest }: { readonly now: number; readonly digest: (content: string) => string },
): Entry & { readonly approval: Approval } {
  const approval: Approval = {
    planId: plan.id,
    actor,
    ...(reason !== undefined && { reason }),
    at: now,
    expiresAt: now + expiresInMs,
    desiredDigest: plan.desiredDigest,
    changes: plan.changes.filter((change) => !isHeal(change)).map((change) => agreed(change, digest)),
  }
  const what = `approved plan ${plan.id} of ${plan.revision.label ?? plan.revision.id}`
  const line = decisionEntry(head, { cause: 'approval', actor, what, reason, at: now })
  return { head: { ...head, approval }, history: [{ ...line, planId: plan.id }], approval }
}

/** What is recorded when an approval is taken back; nothing where there is none of this plan. Pure. */
export function disapprove(
  { head }: ApplicationState,
  planId: string,
  { actor, reason }: Approving,
  now: number,
): Entry | undefined {
  const { approval, operation, ...rest } = head
  if (approval?.planId !== planId) return undefined
  // What was written under it was approved; of what was not, nobody may say so later.
  const isBare = operation?.approval?.planId === planId && operation.changed.length === 0
  const { approval: _, ...bare } = operation ?? {}
  const after = isBare ? (bare as Operation) : operation
  const what = `took back the approval of plan ${planId} that ${approval.actor} gave`
  const line = decisionEntry(head, { cause: 'approval', actor, what, reason, at: now })
  return { head: { ...rest, ...(after && { operation: after }) }, history: [{ ...line, planId }] }
}

const dayMs = 86_400_000
