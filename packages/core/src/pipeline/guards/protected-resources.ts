import type { PlannedChange } from '../../model/change.ts'
import { matches } from '../matches.ts'
import { type Guard, holdOn } from './guard.ts'

/** Resources that `sync.protect` names are never deleted or replaced. */
export const protectedResources: Guard = ({ changes, policy }) => {
  const isProtected = (change: PlannedChange): boolean =>
    policy.protect.some((pattern) => matches(pattern, change.label) || matches(pattern, change.key))
  return holdOn(
    changes.filter((change) => destroys(change) && isProtected(change)),
    {
      guard: 'protected-resources',
      code: 'PROTECTED_RESOURCE',
      message: (labels) => `protected from being deleted: ${labels}`,
      release: 'put it back into the desired state, or take it out of sync.protect',
      holdsOperation: true,
    },
  )
}

/** Whether something of the resource's is lost. */
export const destroys = (change: PlannedChange): boolean =>
  change.action === 'delete' || change.action === 'replace'
