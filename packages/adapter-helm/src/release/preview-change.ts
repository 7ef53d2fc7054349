import type { Call, Change, Preview } from '@mooring/core'
import { previewHeal } from './heal-release.ts'
import { previewUpgrade, shownRevision } from './preview-release.ts'
import type { Release } from './release.ts'
import { isMadeFor } from './release-labels.ts'
import type { ReleaseParts } from './release-parts.ts'
import { latestOf } from './watch-releases.ts'

/** What a change would do. Drift of objects is shown as what healing would change, anything else as Helm's dry run. */
export async function previewRelease(
  change: Change<Release>,
  call: Call,
  parts: ReleaseParts,
): Promise<Preview> {
  const { key, action, desired } = change
  const latest = latestOf(await parts.releases.look(key, call.signal))
  const { tools, objects } = parts
  if (desired === undefined || action === 'delete' || action === 'release') {
    const before = latest && (await shownRevision(key, latest, { tools, objects, call }))
    if (before === undefined) return {}
    return action === 'release' ? { before, after: before } : { before }
  }
  if (latest?.status === 'deployed' && isMadeFor(latest, call.owner, desired.digest)) {
    return previewHeal(key, latest, {
      session: tools.session,
      objects,
      call,
      ignore: desired.manifest.ignore ?? [],
    })
  }
  return previewUpgrade(desired.manifest, latest, { tools, objects, call })
}
