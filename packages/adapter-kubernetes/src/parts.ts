import { clusterParts, type JoinedCluster, type KubernetesCluster } from './cluster.ts'
import { own } from './objects/annotations.ts'

/**
 * Pieces for adapters that speak of Kubernetes objects too, such as @mooring/adapter-helm. No promise to anybody else: they
 * change whenever this package does.
 */
export type { JoinedCluster } from './cluster.ts'
export type { Credentials } from './connection/credentials.ts'
export { pathOf } from './discovery/path-of.ts'
export type { ResourceType } from './discovery/resource-type.ts'
export { fingerprintOf } from './fingerprint/fingerprint.ts'
export { ignoring } from './ignore/ignore-rules.ts'
export { leaveAlone } from './ignore/leave-alone.ts'
export { metadataOnly } from './live/definitions.ts'
export { keepWatching } from './live/keep-watching.ts'
export { type LiveObjects, liveObjects } from './live/live-objects.ts'
export { pagesOf } from './live/pages.ts'
export { isNewer } from './live/resource-version.ts'
export type { View } from './live/view.ts'
export { type ReadObjects, readObjects } from './manifests/read-objects.ts'
export { textOf } from './manifests/text-of.ts'
export { parseYaml } from './manifests/yaml/parse-yaml.ts'
export { keyOf, labelOf, partsOf } from './objects/key.ts'
export { installationLabel } from './objects/owner-mark.ts'
export type { Session } from './session.ts'
export { failureError } from './transport/failure-error.ts'
export { withoutValues } from './transport/without-values.ts'
export { forPeople } from './write/for-people.ts'

/** The annotation in which an object's manifest says what of it is left alone. */
export const ignoreAnnotation: string = own.ignore

/** The session of a cluster, to build a target on. Counts as one of the cluster's users until it leaves. */
export function joinCluster(cluster: KubernetesCluster): JoinedCluster {
  const join = (cluster as { readonly [clusterParts]?: () => JoinedCluster })[clusterParts]
  if (join === undefined)
    throw new TypeError('Expected a cluster made by kubernetesCluster(), found something else')
  return join()
}
