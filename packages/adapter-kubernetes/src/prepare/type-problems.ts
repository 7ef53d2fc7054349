import type { ResourceType } from '../discovery/resource-type.ts'
import type { KubernetesObject } from '../objects/object.ts'

/** What keeps a normalised object from being applied as an object of its type. */
export function scopeProblems({ kind, metadata }: KubernetesObject, type: ResourceType): readonly string[] {
  const problems: string[] = []
  if (!type.verbs.includes('patch')) {
    problems.push(
      `kind: expected objects that can be applied, found ${kind}, which the API server lets nobody patch`,
    )
  }
  if (type.namespaced && metadata.namespace === undefined) {
    problems.push(
      'metadata.namespace: expected a namespace, found none, and the target has no default: name one in either',
    )
  }
  return problems
}

/** What keeps an object from being sent, from its JSON. */
export function sizeProblems(json: string): readonly string[] {
  // A character is three bytes at most: only what is long is counted.
  if (json.length * 3 <= largest) return []
  const bytes = new TextEncoder().encode(json).length
  if (bytes <= largest) return []
  return [`expected up to ${largest} bytes, the most that an API server accepts in a request, found ${bytes}`]
}

/** The limit of the API server for a request body, 3 MiB (apiserver, MaxRequestBodyBytes). etcd has one of its own, by default half of it. */
const largest = 3 * 1024 * 1024
