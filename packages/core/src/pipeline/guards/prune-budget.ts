import type { PruneBudget } from '../../model/policy.ts'
import { approveIt, type Guard, labelsOf, notApproved } from './guard.ts'
import { destroys } from './protected-resources.ts'

const hourMs = 3_600_000
const few = 3
const many = 6

/** Deletes and replaces, counted over an hour, beyond the budget are held: a commit that wipes everything is looked at first. */
export const pruneBudget: Guard = ({
  changes,
  plan,
  consent,
  policy,
  inventory,
  deletions,
  now,
  removing,
}) => {
  const planned = changes.filter(destroys)
  if (planned.length === 0 || removing || consent.kind === 'given') return undefined
  const spent = spentWithinAnHour(deletions, now)
  const before = inventory + spent
  const budget = budgetFor(before, policy.pruneBudget)
  if (spent + planned.length <= budget) return undefined
  const alreadyGone = spent === 0 ? '' : `, after ${spent} within the last hour`
  return {
    guard: 'prune-budget',
    code: 'PRUNE_BUDGET',
    message: `would delete ${planned.length} of ${before} resources${alreadyGone}, and ${budget} an hour are allowed: ${labelsOf(planned)}${notApproved(consent)}`,
    release: `revert the commit; if it is meant, ${approveIt(plan.id)}, or raise sync.pruneBudget`,
    keys: planned.map((change) => change.key),
    holdsOperation: true,
  }
}

/** Deletes that still count against the budget. */
export const spentWithinAnHour = (
  deletions: readonly { readonly at: number; readonly count: number }[],
  now: number,
): number => deletions.reduce((sum, { at, count }) => (at > now - hourMs ? sum + count : sum), 0)

/** How many of this many resources may go within an hour. */
export function budgetFor(resources: number, { max, shareOfFew, shareOfMany }: PruneBudget): number {
  if (resources < few) return Math.min(resources, max)
  const share = resources < many ? shareOfFew : Math.min(shareOfFew, shareOfMany)
  return Math.min(Math.floor(resources * share), max)
}
