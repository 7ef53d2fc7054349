import { endsOwnership } from '../../model/change.ts'
import { approveIt, type Guard, labelsOf, notApproved } from './guard.ts'

/** A desired state without any resource is far more often a mistake than a wish. */
export const emptyDesired: Guard = ({ changes, plan, consent, policy, desired, waiting, removing }) => {
  if (consent.kind === 'given' || desired > 0 || waiting > 0 || policy.allowEmpty || removing)
    return undefined
  const ending = changes.filter(endsOwnership)
  return {
    guard: 'empty-desired',
    code: 'EMPTY_DESIRED',
    message:
      ending.length === 0
        ? 'the desired state has no resources at all'
        : `the desired state has no resources at all, which would delete ${labelsOf(ending)}${notApproved(consent)}`,
    release: `correct the path or the commit; if it is meant, ${approveIt(plan.id)}, or set sync.allowEmpty`,
    keys: ending.map((change) => change.key),
    holdsOperation: true,
  }
}
