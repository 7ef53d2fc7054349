import type { Plan } from '../model/plan.ts'
import type { ResourceKey } from '../model/resource.ts'

/** What people call a resource, or its key where the plan does not touch it. */
export const labelOf = (plan: Plan, key: ResourceKey): string =>
  plan.changes.find((change) => change.key === key)?.label ?? key
