import { isHeal } from '../../model/change.ts'
import type { Revision } from '../../model/revision.ts'
import { type Guard, holdAll } from './guard.ts'

/**
 * With `verified: 'required'` nothing new comes from a revision that is not signed by somebody who is trusted. Heals go on:
 * they write what was applied before, to the letter.
 */
export const verifiedRevision: Guard = (input) => {
  const { changes, plan, policy, removing } = input
  return policy.verified === 'off' || removing || plan.revision.verification?.outcome === 'verified'
    ? undefined
    : holdAll(
        changes.filter((change) => !isHeal(change)),
        input,
        {
          guard: 'verified-revision',
          code: 'UNVERIFIED_REVISION',
          message: (labels) => `${describe(plan.revision)}: ${labels}`,
          release:
            'goes on by itself with a revision that is signed by a trusted key, or when the key of this one is trusted',
          holdsOperation: true,
        },
      )
}

function describe({ id, label = id, verification }: Revision): string {
  if (verification === undefined) return `nobody looked for a signature of revision ${label}`
  const { outcome, signer, reason } = verification
  const by = signer === undefined ? '' : `, signed by ${signer}`
  return `revision ${label} is ${outcome}${by}${reason === undefined ? '' : ` (${reason})`}`
}
