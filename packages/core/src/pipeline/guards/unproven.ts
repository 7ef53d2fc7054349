import { type Guard, holdOn } from './guard.ts'

/**
 * What left the desired state is deleted only with proof that it is ours: the inventory, its mark and its uid, as far as
 * the target has them. Where one is missing (a mark that somebody took off, a write that a crash left open on a target
 * without marks) it is told and left.
 */
export const unproven: Guard = ({ changes, removing }) =>
  holdOn(
    changes.filter((change) => change.reason === 'unproven'),
    {
      guard: 'unproven',
      code: 'NOT_PROVEN',
      message: (labels) => `left the desired state, and nothing proves any more that it is ours: ${labels}`,
      release: 'delete it yourself, or put it back into the desired state',
      holdsOperation: removing,
    },
  )
