import { endsOwnership } from '../../model/change.ts'
import { type Guard, holdOn } from './guard.ts'

/** While a manifest could not be placed, nobody knows what else belongs to the desired state: nothing is pruned. */
export const pruneWaits: Guard = ({ changes, waiting }) =>
  waiting === 0
    ? undefined
    : holdOn(changes.filter(endsOwnership), {
        guard: 'prune-waits',
        code: 'PRUNE_WAITS',
        message: (labels) => `nothing is pruned while ${waiting} manifests wait to be understood: ${labels}`,
        release: 'goes on by itself when nothing waits any more',
        holdsOperation: false,
      })
