import type { SyncPolicy } from '../model/policy.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationHead } from '../model/state.ts'

/** The revision that a pass brings about. */
export interface RevisionFor {
  readonly revision: Revision
  /** What the source says now, where that waits because nobody verified it and an operation for a verified one is open. */
  readonly unverified?: Revision
}

/**
 * The revision that a pass brings about: the one that the application is pinned to, else what the source says now. With
 * `verified: 'required'` a revision that is not verified takes the place of no open operation for one that is: else
 * whoever may push, and may not sign, could stop every rollout halfway. Pure.
 */
export function revisionFor(
  { pin, operation }: Pick<ApplicationHead, 'pin' | 'operation'>,
  now: Revision,
  { verified }: Pick<SyncPolicy, 'verified'>,
): RevisionFor {
  if (pin !== undefined) return { revision: pin.revision }
  if (verified === 'off' || isVerified(now) || operation === undefined || operation.revision.id === now.id)
    return { revision: now }
  return isVerified(operation.revision)
    ? { revision: operation.revision, unverified: now }
    : { revision: now }
}

/** Whether the source vouches for the signature of a revision. */
export const isVerified = ({ verification }: Revision): boolean => verification?.outcome === 'verified'
