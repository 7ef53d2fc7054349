import { definedTypes } from '../discovery/defined-types.ts'
import type { ResourceType } from '../discovery/resource-type.ts'
import { groupOf, versionOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { isRecord } from '../objects/record.ts'

/** Finds the type of an object, or the reason why it cannot be known yet. */
export type KindLookup = (
  object: Pick<KubernetesObject, 'apiVersion' | 'kind'>,
) => { readonly type: ResourceType } | { readonly type?: never; readonly reason: string }

/**
 * The types of a set of manifests: what the API server serves, and else what the CustomResourceDefinitions in the set
 * will define once they are applied.
 */
export function kindLookup(
  bodies: readonly unknown[],
  typeOf: (apiVersion: string, kind: string) => ResourceType | 'unknown',
): KindLookup {
  const defined = bodies.filter(isDefinition).flatMap(typesIn)
  return ({ apiVersion, kind }) => {
    const served = typeOf(apiVersion, kind)
    if (served !== 'unknown') return { type: served }
    const ofKind = defined.filter((type) => type.group === groupOf(apiVersion) && type.kind === kind)
    const type = ofKind.find(({ version }) => version === versionOf(apiVersion))
    return type === undefined ? { reason: reasonFor(apiVersion, kind, ofKind) } : { type }
  }
}

const isDefinition = (body: unknown): body is KubernetesObject =>
  isRecord(body) &&
  body.kind === 'CustomResourceDefinition' &&
  typeof body.apiVersion === 'string' &&
  groupOf(body.apiVersion) === 'apiextensions.k8s.io'

/** A definition that makes no sense defines nothing: the API server will say what is wrong with it. */
function typesIn(definition: KubernetesObject): readonly ResourceType[] {
  try {
    return definedTypes(definition)
  } catch {
    return []
  }
}

function reasonFor(apiVersion: string, kind: string, ofKind: readonly ResourceType[]): string {
  const group = groupOf(apiVersion)
  if (ofKind.length > 0) {
    const versions = ofKind.map(({ version }) => version).join(', ')
    return `the CustomResourceDefinition among these manifests serves ${kind} of ${group} as ${versions}, not as ${versionOf(apiVersion)}`
  }
  const type = `${apiVersion} ${kind}`
  if (!group.includes('.')) return `the API server does not serve ${type}`
  // Groups under k8s.io are partly built in, partly defined.
  const others = group.endsWith('.k8s.io') ? 'neither the API server nor a' : 'no'
  return `${others} CustomResourceDefinition serves ${type}`
}
