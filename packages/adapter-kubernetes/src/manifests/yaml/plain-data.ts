import type { Json } from '@mooring/core'
import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml'
import { listedFaults } from '../fault.ts'
import { anchors, TooMuch } from './anchors.ts'
import { fieldName } from './field-name.ts'
import { isMergeKey, mergedFields } from './merge-key.ts'
import { scalarValue } from './scalar-value.ts'
import type { Walk } from './walk.ts'

/** Something in a document that has no meaning in JSON or for Kubernetes. */
export interface Misfit {
  /** Default `MALFORMED_MANIFEST`. */
  readonly code?: 'MANIFESTS_TOO_LARGE'
  readonly says: string
  readonly offset: number
}

/** What a document holds; of no use if something in it does not fit. */
export interface PlainData {
  readonly value: Json
  readonly misfits: readonly Misfit[]
}

/**
 * A parsed document as plain JSON with aliases and merge keys followed. Whatever stands for an alias is a copy, so no two
 * places of a manifest share an object.
 */
export function plainData(root: Node): PlainData {
  const misfits: Misfit[] = []
  const walk: Walk = {
    anchors: anchors(),
    plainOf: (node, depth) => plainOf(node, depth, walk),
    misfit(node, says) {
      // As many as an error lists, or a file of nothing but mistakes would take more memory than itself.
      if (misfits.length < listedFaults) misfits.push({ says, offset: offsetOf(node) })
      return null
    },
  }
  try {
    return { value: plainOf(root, 1, walk), misfits }
  } catch (thrown) {
    if (!(thrown instanceof TooMuch)) throw thrown
    return {
      value: null,
      misfits: [{ code: 'MANIFESTS_TOO_LARGE', says: thrown.message, offset: offsetOf(root) }],
    }
  }
}

const offsetOf = (node: Node): number => node.range?.[0] ?? 0

function plainOf(node: unknown, depth: number, walk: Walk): Json {
  if (isAlias(node)) {
    const found = walk.anchors.copyOf(node.source, depth)
    return 'value' in found ? found.value : walk.misfit(node, found.says)
  }
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null
  const { anchor } = node
  if (anchor !== undefined) walk.anchors.begin(anchor)
  const value = contentOf(node, depth, walk)
  if (anchor !== undefined) walk.anchors.end(anchor, value)
  return value
}

function contentOf(node: Node, depth: number, walk: Walk): Json {
  if (isScalar(node)) {
    const scalar = scalarValue(node)
    return 'says' in scalar ? walk.misfit(node, scalar.says) : scalar.value
  }
  if (node.tag !== undefined && node.tag !== `tag:yaml.org,2002:${isMap(node) ? 'map' : 'seq'}`) {
    return walk.misfit(node, 'a tag that does not fit its value, or that Kubernetes does not know')
  }
  if (isMap(node)) return mappingOf(node, depth, walk)
  return isSeq(node) ? node.items.map((item) => plainOf(item, depth + 1, walk)) : null
}

/** A field that stands twice is a mistake: kubectl keeps the last, and whoever reads the file sees the first. */
function mappingOf(mapping: YAMLMap, depth: number, walk: Walk): Json {
  const fields = new Map<string, Json>()
  const written = new Set<string>()
  for (const { key, value } of mapping.items as readonly { key: Node; value: Node | null }[]) {
    const merges = isMergeKey(key)
    const name = merges ? '<<' : fieldName(key, walk)
    if (name !== undefined && written.has(name)) walk.misfit(key, 'a field that stands twice in its mapping')
    if (merges) {
      for (const [field, merged] of mergedFields(value ?? key, depth, walk)) {
        if (written.has(field))
          walk.misfit(key, 'a merge key (<<) after a field that it sets too; put it first')
        else fields.set(field, merged)
      }
    } else {
      const content = plainOf(value, depth + 1, walk)
      if (name !== undefined) fields.set(name, content)
    }
    if (name !== undefined) written.add(name)
  }
  return Object.fromEntries(fields)
}
