import type { Session } from '@mooring/adapter-kubernetes/parts'
import type { PlacedObject, ReleaseObjects } from './live-release-objects.ts'
import { readRevision } from './read-revision.ts'
import { partsOfKey } from './release.ts'
import type { Revision } from './revision.ts'

/** What Helm stored of releases, as objects with their places. */
export interface StoredManifests {
  readonly read: (key: string, revision: Revision, signal: AbortSignal) => Promise<readonly PlacedObject[]>
  /** Nobody needs that of this release any more. */
  readonly drop: (key: string) => void
}

/**
 * Reads the Secrets of revisions. A heal is a preview and then a write of the same: the few that were read last are kept
 * until the write has had them, so that it does not wait for them again.
 */
export function storedManifests(
  session: Pick<Session, 'api'>,
  objects: Pick<ReleaseObjects, 'place'>,
): StoredManifests {
  const recent = new Map<string, { readonly version: string; readonly placed: readonly PlacedObject[] }>()
  return {
    read: async (key, revision, signal) => {
      const version = `${revision.secret} ${revision.resourceVersion}`
      const known = recent.get(key)
      if (known?.version === version) return known.placed
      const stored = await readRevision(session, key, revision, signal)
      const placed = await objects.place(stored?.objects ?? [], partsOfKey(key).namespace, signal)
      recent.delete(key)
      recent.set(key, { version, placed })
      const [oldest] = recent.keys()
      if (recent.size > mostKept && oldest !== undefined) recent.delete(oldest)
      return placed
    },
    drop: (key) => void recent.delete(key),
  }
}

const mostKept = 8
