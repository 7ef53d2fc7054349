import { type Guard, holdOn } from './guard.ts'
import { destroys } from './protected-resources.ts'

/** What takes others with it (a namespace, a volume) is never deleted as one line among many. */
export const cascadingDeletes: Guard = ({ changes, traitsOf, removing }) =>
  removing
    ? undefined
    : holdOn(
        changes.filter((change) => destroys(change) && traitsOf(change.key).cascades === true),
        {
          guard: 'cascading-deletes',
          code: 'CASCADING_DELETE',
          message: (labels) => `deleting this takes everything in it along: ${labels}`,
          release: 'put it back into the desired state, or delete it yourself',
          holdsOperation: true,
        },
      )
