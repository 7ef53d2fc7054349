import type { Hold, Plan } from '../model/plan.ts'
import { approval } from './guards/approval.ts'
import { automation } from './guards/automation.ts'
import { cascadingDeletes } from './guards/cascading-deletes.ts'
import { dependency } from './guards/dependency.ts'
import { dependents } from './guards/dependents.ts'
import { emptyDesired } from './guards/empty-desired.ts'
import type { Guard, GuardInput } from './guards/guard.ts'
import { neighboursBehind } from './guards/neighbours-behind.ts'
import { ownership } from './guards/ownership.ts'
import { protectedResources } from './guards/protected-resources.ts'
import { pruneBudget } from './guards/prune-budget.ts'
import { pruneOff } from './guards/prune-off.ts'
import { pruneWaits } from './guards/prune-waits.ts'
import { scope } from './guards/scope.ts'
import { selfHeal } from './guards/self-heal.ts'
import { syncWindows } from './guards/sync-windows.ts'
import { unproven } from './guards/unproven.ts'
import { verifiedRevision } from './guards/verified-revision.ts'

/**
 * In this order: what policy leaves out anyway is not counted by the rules about what would be done. An
 * approval comes before the rules that it releases, so that it is given for the whole plan at once.
 */
const guards: readonly Guard[] = [
  automation,
  selfHeal,
  unproven,
  pruneOff,
  pruneWaits,
  scope,
  verifiedRevision,
  neighboursBehind,
  emptyDesired,
  ownership,
  protectedResources,
  syncWindows,
  approval,
  cascadingDeletes,
  pruneBudget,
  dependents,
  dependency,
]

/** The plan with what each rule holds back. A change is held by the first rule that holds it. */
export function guardPlan(plan: Plan, input: Omit<GuardInput, 'changes' | 'plan'>): Plan {
  const holds: Hold[] = []
  let free: Plan['changes'] = plan.hooks === undefined ? plan.changes : [...plan.changes, ...plan.hooks]
  for (const guard of guards) {
    const hold = guard({ ...input, plan, changes: free })
    if (hold === undefined) continue
    holds.push(hold)
    const held = new Set(hold.keys)
    free = free.filter((change) => !held.has(change.key))
  }
  // Frozen, because listeners are handed it before it is carried out.
  return Object.freeze({ ...plan, changes: Object.freeze(plan.changes), holds: Object.freeze(holds) })
}

/** Whether a hold keeps hooks of this plan from running. That of pruning is about what is where an instance is to be. */
export const hooksAreHeld = ({ hooks = [], holds }: Plan): boolean =>
  hooks.some(({ key }) => holds.some(({ guard, keys }) => guard !== 'prune-off' && keys.includes(key)))

/** The changes nothing holds back. */
export function freeChanges(plan: Plan): Plan['changes'] {
  if (plan.holds.length === 0) return plan.changes
  const held = new Set(plan.holds.flatMap((hold) => hold.keys))
  return plan.changes.filter((change) => !held.has(change.key))
}
