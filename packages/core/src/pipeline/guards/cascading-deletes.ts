import { approveIt, type Guard, holdOn, notApproved } from './guard.ts'
import { destroys } from './protected-resources.ts'

/** What takes others with it (a namespace, a volume) is never deleted as one line among many. */
export const cascadingDeletes: Guard = ({ changes, plan, consent, traitsOf, removing }) =>
  removing || consent.kind === 'given'
    ? undefined
    : holdOn(
        changes.filter((change) => destroys(change) && traitsOf(change.key).cascades === true),
        {
          guard: 'cascading-deletes',
          code: 'CASCADING_DELETE',
          message: (labels) => `deleting this takes everything in it along: ${labels}${notApproved(consent)}`,
          release: `put it back into the desired state, delete it yourself, or ${approveIt(plan.id)}`,
          holdsOperation: true,
        },
      )
