import type { ChangeAction, PlannedChange } from '../../model/change.ts'
import { isHeal } from '../../model/change.ts'
import type { ApprovalPolicy } from '../../model/policy.ts'
import { approveIt, type Guard, holdAll, labelsOf } from './guard.ts'
import { destroys } from './protected-resources.ts'

/** A plan that needs a person's approval is held as a whole, heals aside, until somebody gives it. */
export const approval: Guard = (input) => {
  const { changes, policy, plan, consent, traitsOf, hooksDue, removing } = input
  if (removing || consent.kind === 'given') return undefined
  const work = changes.filter((change) => !isHeal(change))
  if (!needsApproval(policy.approval, work, hooksDue)) return undefined
  const cascading = work.filter((change) => destroys(change) && traitsOf(change.key).cascades === true)
  const along = cascading.length === 0 ? '' : `; deleting ${labelsOf(cascading)} takes everything in it along`
  return holdAll(work, input, {
    guard: 'approval',
    ...(consent.kind === 'stale'
      ? {
          code: 'APPROVAL_STALE',
          message: (labels: string) =>
            `the approval of ${consent.approval.actor} does not count any more, ${consent.why}; held are ${countsOf(work)}: ${labels}${along}`,
        }
      : {
          code: 'APPROVAL_NEEDED',
          message: (labels: string) => `a person has to approve ${countsOf(work)}: ${labels}${along}`,
        }),
    release: `look at the plan, and ${approveIt(plan.id)}`,
    holdsOperation: true,
  })
}

function needsApproval(policy: ApprovalPolicy, work: readonly PlannedChange[], hooksDue: boolean): boolean {
  switch (policy) {
    case 'never':
      return false
    case 'destructive':
      return work.some(destroys)
    case 'always':
      return work.length > 0 || hooksDue
    default:
      return policy satisfies never
  }
}

/** `2 creates, 1 delete`: whoever approves sees the deletes, however long the list of names is. */
function countsOf(changes: readonly PlannedChange[]): string {
  if (changes.length === 0) return 'what would run'
  const counts = new Map<ChangeAction, number>()
  for (const { action } of changes) counts.set(action, (counts.get(action) ?? 0) + 1)
  return [...counts].map(([action, count]) => `${count} ${action}${count === 1 ? '' : 's'}`).join(', ')
}
