import type { Json } from '@mooring/core'
import { isScalar, isSeq, type Node } from 'yaml'
import { isPlain } from './scalar-value.ts'
import type { Walk } from './walk.ts'

/** Whether a key is `<<`, plain or with its tag. In quotes it is a field. */
export function isMergeKey(key: Node): boolean {
  if (!isScalar(key) || key.value !== '<<') return false
  return key.tag === undefined ? isPlain(key) : key.tag === 'tag:yaml.org,2002:merge'
}

/**
 * The fields that a merge key brings: those of one mapping, or of several, of which the first that has a field gives it.
 *
 * What a merge key means behind a field that it also brings is where tools part: kubectl (go-yaml v2) lets the later one
 * win, kustomize (go-yaml v3) and the YAML specification let the field win. That order is for the caller to refuse.
 */
export function mergedFields(value: Node, depth: number, walk: Walk): ReadonlyMap<string, Json> {
  const fields = new Map<string, Json>()
  for (const node of isSeq(value) ? (value.items as Node[]) : [value]) {
    const mapping = walk.plainOf(node, depth)
    if (typeof mapping !== 'object' || mapping === null || Array.isArray(mapping)) {
      walk.misfit(node, 'a merge key (<<) without a mapping to merge')
      continue
    }
    for (const [name, field] of Object.entries(mapping)) if (!fields.has(name)) fields.set(name, field)
  }
  return fields
}
