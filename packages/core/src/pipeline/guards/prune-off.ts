import { type Guard, holdOn } from './guard.ts'

/** With `prune: false`, the default, a plan shows what would be deleted and nothing is. */
export const pruneOff: Guard = ({ changes, policy, removing }) =>
  policy.prune || removing
    ? undefined
    : holdOn(
        changes.filter((change) => change.action === 'delete'),
        {
          guard: 'prune-off',
          code: 'PRUNE_OFF',
          message: (labels) => `left the desired state, and pruning is off: ${labels}`,
          release: 'set sync.prune, or delete them yourself',
          holdsOperation: false,
        },
      )
