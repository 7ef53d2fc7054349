import { labelOf, partsOf, type Session, withoutValues } from '@mooring/adapter-kubernetes/parts'
import type { Call, Comparison, Health, Observation, ResourceKey } from '@mooring/core'
import { healthOfObjects, type PlacedObject, type ReleaseObjects } from './live-release-objects.ts'
import { readRevision } from './read-revision.ts'
import { partsOfKey } from './release.ts'
import { ownerOf } from './release-labels.ts'
import { isPending, type Revision } from './revision.ts'
import { latestOf, type WatchedReleases } from './watch-releases.ts'

/** What is remembered of a revision: keys and few words, no bodies. */
interface Known {
  readonly secret: string
  readonly resourceVersion: string
  readonly objects: readonly { readonly key: ResourceKey; readonly label: string }[]
  readonly description: string
}

/** Looks at releases. */
export interface ReleaseObserver {
  readonly observe: (
    key: string,
    call: Call & { readonly fresh?: boolean },
  ) => Promise<Observation | undefined>
  /** The release that an object belongs to, if one is known to have it. */
  readonly releasesOf: (objects: readonly ResourceKey[]) => readonly string[]
  readonly forget: (keys: readonly string[]) => void
}

/** A release's Secret is read once for each revision; everything else comes from watches. */
export function releaseObserver(parts: {
  readonly session: Session
  readonly releases: WatchedReleases
  readonly objects: ReleaseObjects
}): ReleaseObserver {
  const { session, releases, objects } = parts
  const known = new Map<string, Known>()
  const belongs = new Map<ResourceKey, string>()

  const detail = async (key: string, revision: Revision, signal: AbortSignal): Promise<Known> => {
    const before = known.get(key)
    if (before?.secret === revision.secret && before.resourceVersion === revision.resourceVersion)
      return before
    const stored = await readRevision(session, key, revision, signal)
    const placed = await objects.place(stored?.objects ?? [], partsOfKey(key).namespace, signal)
    const { secret, resourceVersion } = revision
    const found = {
      secret,
      resourceVersion,
      objects: placed.map(named),
      description: stored?.description ?? '',
    }
    for (const one of before?.objects ?? []) belongs.delete(one.key)
    for (const one of found.objects) belongs.set(one.key, key)
    known.set(key, found)
    return found
  }
  return {
    observe: async (key, call) => {
      const latest = latestOf(call.fresh === true ? await releases.look(key, call.signal) : releases.of(key))
      if (latest === undefined || latest.status === 'uninstalled') return undefined
      const found = await detail(key, latest, call.signal)
      const keys = found.objects.map((object) => object.key)
      const seen =
        latest.status === 'deployed' ? await objects.live.observe(keys, call) : new Map<string, Observation>()
      const owner = ownerOf(latest, call.owner)
      return {
        key,
        version: `${latest.revision}.${latest.resourceVersion}`,
        fingerprint: fingerprintOf(latest, keys, seen, call.digest),
        health: healthOf(latest, found, seen),
        ...(owner && { owner }),
        ...(latest.status === 'uninstalling' && { deleting: true }),
      }
    },
    releasesOf: (keys) => [...new Set(keys.flatMap((key) => belongs.get(key) ?? []))],
    forget: (keys) => {
      for (const key of keys) {
        for (const one of known.get(key)?.objects ?? []) belongs.delete(one.key)
        known.delete(key)
      }
    },
  }
}

const named = ({ key }: PlacedObject): { readonly key: ResourceKey; readonly label: string } => ({
  key,
  label: labelOf(partsOf(key)),
})

/** `h1.<revision>.<status or digest of the objects' fingerprints>`. */
function fingerprintOf(
  { revision, status }: Revision,
  keys: readonly ResourceKey[],
  seen: ReadonlyMap<ResourceKey, Observation>,
  digest: Call['digest'],
): string {
  if (status !== 'deployed') return `h1.${revision}.${status}`
  const all = keys.map(
    (key) => `${key} ${seen.get(key)?.fingerprint ?? (seen.has(key) ? 'unknown' : 'absent')}`,
  )
  return `h1.${revision}.${digest(all.sort().join('\n')).slice(0, 22)}`
}

/**
 * Whether a release is as it was. The same revision with other objects is for a preview to tell: a controller may have
 * written what Helm left open. Another revision is somebody else's upgrade or rollback.
 */
export function compareReleases(recorded: string | undefined, observed: string | undefined): Comparison {
  if (recorded === observed) return 'same'
  const revision = (fingerprint = ''): string => fingerprint.slice(0, fingerprint.lastIndexOf('.'))
  return revision(recorded) === revision(observed) && recorded !== undefined ? 'verify' : 'drift'
}

function healthOf(
  latest: Revision,
  { objects, description }: Known,
  seen: ReadonlyMap<ResourceKey, Observation>,
): Health {
  if (isPending(latest))
    return { state: 'progressing', message: `${latest.status}, revision ${latest.revision}` }
  if (latest.status === 'failed') {
    const says = withoutValues(description).replace(/\s+/g, ' ').slice(0, 300)
    return { state: 'degraded', message: `revision ${latest.revision} failed: ${says}` }
  }
  return latest.status === 'deployed'
    ? healthOfObjects(objects, seen)
    : { state: 'unknown', message: latest.status }
}
