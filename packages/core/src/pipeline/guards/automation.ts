import { isHeal } from '../../model/change.ts'
import { approveIt, type Guard, holdOn } from './guard.ts'

/**
 * With `automated: false`, a new desired state is shown and waits for somebody to ask, or to approve exactly this plan. What an
 * approval began goes on; what it opened and expired before it began stays open, and is held.
 */
export const automation: Guard = ({ changes, plan, policy, asked, consent, begun, open = false }) =>
  policy.automated || asked || begun || consent.kind === 'given'
    ? undefined
    : holdOn(
        changes.filter((change) => !isHeal(change)),
        {
          guard: 'automation',
          code: 'NOT_AUTOMATED',
          message: (labels) => `automated sync is off for this application: ${labels}`,
          release: `call engine.sync, or engine.apply with this plan, or ${approveIt(plan.id)}`,
          holdsOperation: open,
        },
      )
