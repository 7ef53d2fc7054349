import { type ChangeReason, isHeal } from '../../model/change.ts'
import { type Guard, holdOn } from './guard.ts'

/** With `selfHeal: false`, drift is shown and left until somebody asks. */
export const selfHeal: Guard = ({ changes, policy, asked, heal = asked }) =>
  policy.selfHeal || heal
    ? undefined
    : holdOn(
        changes.filter((change) => isHeal(change) && isDrift(change.reason)),
        {
          guard: 'self-heal',
          code: 'SELF_HEAL_OFF',
          message: (labels) => `drift is not healed by itself for this application: ${labels}`,
          release: 'call engine.sync, or set sync.selfHeal',
          holdsOperation: false,
        },
      )

/** What we left open ourselves, and marks of a former name, are nobody's doing but ours. */
const isDrift = (reason: ChangeReason): boolean => reason !== 'unsettled' && reason !== 'renamed'
