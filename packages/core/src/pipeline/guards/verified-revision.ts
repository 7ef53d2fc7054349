import { isHeal } from '../../model/change.ts'
import type { Hold } from '../../model/plan.ts'
import type { Revision } from '../../model/revision.ts'
import { isVerified } from '../revision-for.ts'
import { type Guard, holdAll } from './guard.ts'

/**
 * With `verified: 'required'` nothing new comes from a revision that is not signed by somebody who is trusted. Heals go on:
 * they write what was applied before, to the letter.
 */
export const verifiedRevision: Guard = (input) => {
  const { changes, plan, policy, removing, unverified } = input
  if (policy.verified === 'off' || removing) return undefined
  if (unverified !== undefined && isVerified(plan.revision)) return beside(unverified)
  return isVerified(plan.revision)
    ? undefined
    : holdAll(
        changes.filter((change) => !isHeal(change)),
        input,
        {
          guard: 'verified-revision',
          code: 'UNVERIFIED_REVISION',
          message: (labels) => `${describe(plan.revision)}: ${labels}`,
          release:
            'goes on by itself with a revision that is signed by a trusted key, or when the key of this one is trusted; of a pinned application, roll back to one that is, or engine.unpin',
          holdsOperation: true,
        },
      )
}

/** It is told, and keeps the operation from nothing. */
const beside = (revision: Revision): Hold => ({
  guard: 'verified-revision',
  code: 'UNVERIFIED_REVISION',
  message: `${describe(revision)}: the open operation goes on without it`,
  release: 'goes on by itself with a revision that is signed by a trusted key',
  keys: [],
  holdsOperation: false,
})

function describe({ id, label = id, verification }: Revision): string {
  if (verification === undefined) return `nobody looked for a signature of revision ${label}`
  const { outcome, signer, reason } = verification
  const by = signer === undefined ? '' : `, signed by ${signer}`
  return `revision ${label} is ${outcome}${by}${reason === undefined ? '' : ` (${reason})`}`
}
