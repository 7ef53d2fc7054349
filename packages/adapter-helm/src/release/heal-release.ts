import type { IgnoreRule, KubernetesObject } from '@mooring/adapter-kubernetes'
import {
  failureError,
  fingerprintOf,
  forPeople,
  labelOf,
  partsOf,
  pathOf,
  type Session,
} from '@mooring/adapter-kubernetes/parts'
import type { Call, Json } from '@mooring/core'
import { keepLive } from './keep-live.ts'
import { managedByHelm, type PlacedObject, type ReleaseObjects } from './live-release-objects.ts'
import { partsOfKey } from './release.ts'
import type { Revision } from './revision.ts'
import type { StoredManifests } from './stored-manifests.ts'

/** What healing needs. */
export interface HealParts {
  readonly session: Session
  readonly objects: ReleaseObjects
  readonly stored: StoredManifests
  readonly call: Call
  readonly ignore: readonly IgnoreRule[]
}

/**
 * Puts the objects of a release back as Helm applied them: each by server-side apply as Helm's own field manager, from the
 * manifest that Helm stored. No upgrade, no revision, no hook. Gives whether anything had to be changed.
 */
export async function healRelease(key: string, revision: Revision, parts: HealParts): Promise<boolean> {
  const placed = await parts.stored.read(key, revision, parts.call.signal)
  parts.stored.drop(key)
  const changed = await Promise.all(placed.map((one) => put(key, one, parts, false)))
  return changed.some(({ isChanged }) => isChanged)
}

/** What healing would change: the objects before and after, for people. */
export async function previewHeal(
  key: string,
  revision: Revision,
  parts: HealParts,
): Promise<{ readonly before: Json; readonly after: Json }> {
  const { call, objects, stored } = parts
  const [before, after]: [Record<string, Json>, Record<string, Json>] = [{}, {}]
  const look = async (one: PlacedObject): Promise<void> => {
    const label = labelOf(partsOf(one.key))
    const found = await objects.live.reads.read(one.type, one.key, call.signal)
    const wanted = await put(key, one, parts, true)
    if (found !== undefined) before[label] = forPeople(found, call)
    after[label] = forPeople(wanted.object, call)
    // Whoever changes a field and changes it back owns it from then on, and Helm's drift would not be noticed any more.
    const isOwned = found === undefined || appliedBy(found, call) === appliedBy(wanted.object, call)
    if (!isOwned)
      [before[`${label}, fields of Helm`], after[`${label}, fields of Helm`]] = ['some taken', 'all']
  }
  await Promise.all((await stored.read(key, revision, call.signal)).map(look))
  return { before, after }
}

/** What Helm owns of an object. */
const appliedBy = (object: KubernetesObject, { digest }: Call): string | undefined =>
  fingerprintOf(object, 'helm', digest).fingerprint

async function put(
  key: string,
  { key: objectKey, type, object }: PlacedObject,
  { session, objects, call, ignore }: HealParts,
  dryRun: boolean,
): Promise<{ readonly object: KubernetesObject; readonly isChanged: boolean }> {
  const { namespace, name } = partsOf(objectKey)
  const found = await objects.live.reads.read(type, objectKey, call.signal)
  const answer = await session.api.call({
    method: 'PATCH',
    path: pathOf(type, { ...(namespace !== '' && { namespace }), name }),
    query: { fieldManager: 'helm', force: 'true', ...(dryRun && { dryRun: 'All' }) },
    contentType: 'application/apply-patch+yaml',
    body: asHelmApplies(found === undefined ? object : keepLive(object, found, ignore), key),
    signal: call.signal,
  })
  if (!answer.ok) throw failureError(answer.failure, { verb: 'apply', label: labelOf(partsOf(objectKey)) })
  const live = answer.body as KubernetesObject
  if (!dryRun) objects.live.learn(live, call)
  return { object: live, isChanged: live.metadata.resourceVersion !== found?.metadata.resourceVersion }
}

/** With the label and the annotations that Helm adds to what charts say. */
function asHelmApplies({ metadata, ...object }: KubernetesObject, key: string): object {
  const { namespace, name } = partsOfKey(key)
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...managedByHelm },
      annotations: {
        ...metadata.annotations,
        'meta.helm.sh/release-name': name,
        'meta.helm.sh/release-namespace': namespace,
      },
    },
  }
}
