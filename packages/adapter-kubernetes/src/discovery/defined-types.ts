import type { KubernetesObject } from '../objects/object.ts'
import type { ResourceType } from './resource-type.ts'

interface DefinitionSpec {
  readonly group?: unknown
  readonly scope?: unknown
  readonly names?: { readonly plural?: unknown; readonly kind?: unknown }
  readonly versions?: unknown
}

interface DefinedVersion {
  readonly name?: unknown
  readonly served?: unknown
  readonly subresources?: { readonly status?: unknown }
}

/** What every custom resource can do (k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_discovery_controller.go). */
const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

/**
 * The types that a CustomResourceDefinition will define, in the order the server will prefer them. None for another
 * object, or for a definition that lacks what names a type: the server says what is wrong with it.
 */
export function definedTypes({ kind: ownKind, spec }: KubernetesObject): readonly ResourceType[] {
  if (ownKind !== 'CustomResourceDefinition' || typeof spec !== 'object' || spec === null) return []
  const { group, scope, names, versions } = spec as DefinitionSpec
  const { plural, kind } = names ?? {}
  if (typeof group !== 'string' || typeof plural !== 'string' || typeof kind !== 'string') return []
  return (Array.isArray(versions) ? (versions as readonly DefinedVersion[]) : [])
    .flatMap(({ name, served, subresources }) =>
      typeof name !== 'string' || served === false
        ? []
        : [
            {
              group,
              version: name,
              kind,
              plural,
              namespaced: scope === 'Namespaced',
              verbs,
              hasStatus: typeof subresources?.status === 'object',
            },
          ],
    )
    .sort((a, b) => byPreference(a.version, b.version))
}

/**
 * Stable versions before beta before alpha, higher before lower, anything else last and by name
 * (k8s.io/apimachinery/pkg/version/helpers.go, CompareKubeAwareVersionStrings).
 */
function byPreference(a: string, b: string): number {
  const left = rankOf(a)
  const right = rankOf(b)
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1
    if (right !== undefined) return 1
    return a < b ? -1 : 1
  }
  const at = left.findIndex((value, index) => value !== right[index])
  return at < 0 ? 0 : (right[at] ?? 0) - (left[at] ?? 0)
}

function rankOf(version: string): readonly number[] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (match === null) return undefined
  const [, major, stage, minor = '0'] = match
  return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor)]
}
