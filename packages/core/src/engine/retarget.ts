import type { ApplicationHead, ApplicationState } from '../model/state.ts'
import type { Entry } from '../pass/ledger.ts'
import { targetChanged } from '../pass/target-changed.ts'
import { endOperation } from '../pipeline/operation.ts'
import { decisionEntry } from './decision-entry.ts'

/**
 * What becomes of an application whose target has another identity than before.
 *
 * - `accept`: it is the same thing under another identity. What is recorded stays, and the next pass verifies it.
 * - `abandon`: what is on the old target is left alone and forgotten; the application begins on the new one.
 */
export type RetargetDecision = 'accept' | 'abandon'

/** A decision, who made it, and about what. */
export interface Retargeting {
  readonly how: RetargetDecision
  readonly actor: string
  readonly reason?: string
  /** Identity that the decision is about. Default: whatever the target is now. Another one is `TARGET_CHANGED`. */
  readonly to?: string
}

/** What a decision about another target records; nothing where the target is the one that is known. Pure. */
export function retarget(
  application: string,
  { head, inventory }: ApplicationState,
  decision: Retargeting,
  identity: string,
  now: number,
): Entry | undefined {
  if (decision.to !== undefined && decision.to !== identity)
    throw targetChanged(application, decision.to, identity)
  if (head.target === undefined || head.target === identity) return undefined
  const { how, actor, reason } = decision
  const what =
    how === 'accept'
      ? `accepted ${identity} as what was ${head.target}`
      : `abandoned ${inventory.size} resources on ${head.target} for ${identity}`
  const line = decisionEntry(head, { cause: 'retarget', actor, what, reason, at: now })
  if (how === 'accept') return { head: { ...head, target: identity }, history: [line] }
  const ended = head.operation && endOperation(head, head.operation, 'superseded', [what], now).history
  return {
    head: begun(head, identity),
    remove: [...inventory.keys()],
    history: ended === undefined ? [line] : [ended, line],
  }
}

/** What holds wherever the application is: what people decided about it. */
const begun = ({ suspended, pin, formerly }: ApplicationHead, target: string): ApplicationHead => ({
  target,
  deletions: [],
  ...(suspended && { suspended }),
  ...(pin && { pin }),
  ...(formerly && { formerly }),
})
