import type { Owner } from '@mooring/core'
import { isMadeFor, isUnfit } from './release-labels.ts'
import type { Revision } from './revision.ts'

/**
 * How often the same manifest has failed since it last worked, by Helm's own history: it survives our restarts, and counts
 * no failure of anybody else's.
 */
export function failuresOf(revisions: readonly Revision[], owner: Owner, digest: string): number {
  let failures = 0
  for (const revision of revisions) {
    if (!isMadeFor(revision, owner, digest)) continue
    if (isUnfit(revision)) failures++
    else if (revision.status === 'deployed' || revision.status === 'superseded') failures = 0
    else if (revision.status === 'failed') failures++
  }
  return failures
}
