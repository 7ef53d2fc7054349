import type { Call, Change, Preview } from '@mooring/core'
import { previewHeal } from './heal-release.ts'
import { previewUpgrade, shownRevision } from './preview-release.ts'
import type { Release } from './release.ts'
import { isMadeFor } from './release-labels.ts'
import type { ReleaseParts } from './release-parts.ts'
import type { Revision } from './revision.ts'
import { latestOf } from './watch-releases.ts'

/** What a change would do. Drift of objects is shown as what healing would change, anything else as Helm's dry run. */
export async function previewRelease(
  change: Change<Release>,
  call: Call,
  parts: ReleaseParts,
): Promise<Preview> {
  const { key, action, desired } = change
  const { tools, objects, stored, releases } = parts
  const { ignore = [] } = desired?.manifest ?? {}
  // The write looks anew: what healing would do is shown of what the watch knows, without another request.
  const known = latestOf(releases.of(key))
  if (desired !== undefined && change.reason === 'drift' && isWhole(known, call, desired.digest))
    return previewHeal(key, known, { session: tools.session, objects, stored, call, ignore })
  const latest = latestOf(await releases.look(key, call.signal))
  if (desired === undefined || action === 'delete' || action === 'release') {
    const before = latest && (await shownRevision(key, latest, { tools, objects, call }))
    if (before === undefined) return {}
    return action === 'release' ? { before, after: before } : { before }
  }
  if (isWhole(latest, call, desired.digest))
    return previewHeal(key, latest, { session: tools.session, objects, stored, call, ignore })
  return previewUpgrade(desired.manifest, latest, { tools, objects, call })
}

/** Whether Helm has deployed just what is desired, so that only its objects can be otherwise. */
const isWhole = (latest: Revision | undefined, { owner }: Call, digest: string): latest is Revision =>
  latest?.status === 'deployed' && isMadeFor(latest, owner, digest)
