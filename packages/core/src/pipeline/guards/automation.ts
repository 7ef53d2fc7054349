import { isHeal } from '../../model/change.ts'
import { type Guard, holdOn } from './guard.ts'

/** With `automated: false`, a new desired state is shown and waits for somebody to ask. */
export const automation: Guard = ({ changes, policy, asked }) =>
  policy.automated || asked
    ? undefined
    : holdOn(
        changes.filter((change) => !isHeal(change)),
        {
          guard: 'automation',
          code: 'NOT_AUTOMATED',
          message: (labels) => `automated sync is off for this application: ${labels}`,
          release: 'call engine.sync, or engine.apply with this plan',
          holdsOperation: false,
        },
      )
