import { groupOf } from './key.ts'
import type { KubernetesObject } from './object.ts'

/**
 * Whether deleting an object takes other things with it that nobody can bring back from Git: what is in a namespace, the
 * instances of a definition, the data of a volume or a snapshot. A StatefulSet does only where it is told to delete its
 * claims. An APIService does not: what is behind it stays, and is reachable again once the APIService is back. Pods,
 * Jobs and ReplicaSets that go with their controller do not count either: the controller makes them again.
 */
export function cascades(object: KubernetesObject): boolean {
  const type = `${groupOf(String(object.apiVersion))}/${object.kind}`
  return cascading.has(type) || (type === 'apps/StatefulSet' && deletesItsClaims(object.spec))
}

const cascading: ReadonlySet<string> = new Set([
  '/Namespace',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'snapshot.storage.k8s.io/VolumeSnapshot',
  'snapshot.storage.k8s.io/VolumeSnapshotContent',
])

function deletesItsClaims(spec: unknown): boolean {
  const policy = (
    spec as { persistentVolumeClaimRetentionPolicy?: { whenDeleted?: unknown } } | null | undefined
  )?.persistentVolumeClaimRetentionPolicy
  return policy?.whenDeleted === 'Delete'
}
