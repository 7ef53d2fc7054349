import { MooringError } from '../errors/mooring-error.ts'
import type { Plan } from '../model/plan.ts'

/** Thrown by `apply` for a plan that no longer says what would be done. */
export const stalePlan = (application: string, planId: string, fresh: Plan): MooringError =>
  new MooringError({
    code: 'PLAN_STALE',
    kind: 'conflict',
    message: `Plan ${planId} of ${application} is out of date: today's plan is ${fresh.id}`,
    hint: 'Look at engine.plan again and apply that. Nothing was changed.',
  })
