import type { Placement, ResourceKey } from '@mooring/core'
import type { KubernetesObject } from './object.ts'

/** The parts of a resource key. A cluster-scoped object has the namespace `''`, the core group is `''`. */
export interface KeyParts {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** The group of an `apiVersion`; `''` for the core group. */
export const groupOf = (apiVersion: string): string => {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** The version of an `apiVersion`. */
export const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1)

/**
 * `group/kind/namespace/name`. Without the version, so that a move to another version of a kind is an update. None of the
 * parts can hold a slash.
 */
export const keyOfParts = ({ group, kind, namespace, name }: KeyParts): ResourceKey =>
  `${group}/${kind}/${namespace}/${name}`

/** The key of an object whose namespace is filled in. */
export const keyOf = ({ apiVersion, kind, metadata }: KubernetesObject): ResourceKey =>
  keyOfParts({
    group: groupOf(apiVersion),
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
  })

/** The parts of a key that {@link keyOf} made. */
export function partsOf(key: ResourceKey): KeyParts {
  const [group = '', kind = '', namespace = '', name = ''] = key.split('/')
  return { group, kind, namespace, name }
}

/** Group and kind of a key, which together name a type of resource: `apps/Deployment`, `/ConfigMap`. */
export const groupKindOf = (key: ResourceKey): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1))

/** For people: `Deployment shop/web`, `ClusterRole admin`. */
export function labelOf({ kind, namespace, name }: Pick<KeyParts, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
}

/** Where a key belongs for an application's scope: `apps/Deployment` in `shop`, `Secret` of the core group, a ClusterRole. */
export function placementOf(key: ResourceKey): Placement {
  const { group, kind, namespace } = partsOf(key)
  return { kind: group === '' ? kind : `${group}/${kind}`, ...(namespace !== '' && { namespace }) }
}
