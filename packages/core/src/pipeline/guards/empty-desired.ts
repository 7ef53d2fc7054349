import { endsOwnership } from '../../model/change.ts'
import { type Guard, labelsOf } from './guard.ts'

/** A desired state without any resource is far more often a mistake than a wish. */
export const emptyDesired: Guard = ({ changes, policy, desired, waiting, removing }) => {
  if (desired > 0 || waiting > 0 || policy.allowEmpty || removing) return undefined
  const ending = changes.filter(endsOwnership)
  return {
    guard: 'empty-desired',
    code: 'EMPTY_DESIRED',
    message:
      ending.length === 0
        ? 'the desired state has no resources at all'
        : `the desired state has no resources at all, which would delete ${labelsOf(ending)}`,
    release: 'correct the path or the commit; set sync.allowEmpty if it is meant',
    keys: ending.map((change) => change.key),
    holdsOperation: true,
  }
}
