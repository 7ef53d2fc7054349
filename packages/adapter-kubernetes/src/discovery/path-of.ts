import { MooringError } from '@mooring/core'
import type { ResourceType } from './resource-type.ts'

/** Which of a type's objects a path stands for. */
export interface PathParts {
  /** Of a namespaced type; without it, and without a name, the collection in all namespaces. */
  readonly namespace?: string
  readonly name?: string
  /** Such as `status`. */
  readonly subresource?: string
}

/**
 * The path of an object or a collection. Every segment is percent-encoded: RBAC names may hold colons and capitals, and
 * nothing in a name reaches another path. Throws `NAMESPACE_REQUIRED` for a namespaced object without a namespace: the
 * server would answer 404 for that, which reads as "it does not exist".
 */
export function pathOf(
  type: Pick<ResourceType, 'group' | 'version' | 'plural' | 'kind' | 'namespaced'>,
  parts: PathParts = {},
): string {
  const { namespace = '', name, subresource } = parts
  if (type.namespaced && name !== undefined && namespace === '') throw namespaceRequired(type.kind, name)
  const segments = [
    ...(type.group === '' ? ['api'] : ['apis', type.group]),
    type.version,
    ...(type.namespaced && namespace !== '' ? ['namespaces', namespace] : []),
    type.plural,
    ...(name === undefined ? [] : [name]),
    ...(name === undefined || subresource === undefined ? [] : [subresource]),
  ]
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('')
}

const namespaceRequired = (kind: string, name: string): MooringError =>
  new MooringError({
    code: 'NAMESPACE_REQUIRED',
    kind: 'permanent',
    message: `Expected a namespace for ${kind} ${name}, found none`,
    hint: 'Give the target or the manifest a namespace.',
  })
