import { isAlias, isScalar, type Node, type Scalar as ScalarNode } from 'yaml'
import { plainKey } from './plain-key.ts'
import { isPlain, scalarValue } from './scalar-value.ts'
import type { Walk } from './walk.ts'

/** The field that the key of a mapping names. Undefined if it is none, which is noted. */
export function fieldName(key: Node, walk: Walk): string | undefined {
  const name = textOf(key, walk)
  if (name === undefined) return undefined
  // The one name that plain JavaScript objects give a meaning of their own.
  if (name !== '__proto__') return name
  walk.misfit(key, 'a field called __proto__')
  return undefined
}

function textOf(key: Node, walk: Walk): string | undefined {
  if (isScalar(key)) return scalarText(key, walk)
  const name = isAlias(key) ? walk.plainOf(key, 1) : null
  if (typeof name === 'string') return name
  walk.misfit(key, 'a key that is no text')
  return undefined
}

function scalarText(key: ScalarNode, walk: Walk): string | undefined {
  const isBare = key.tag === undefined && isPlain(key)
  const found = isBare ? plainKey(String(key.value)) : scalarValue(key)
  if ('says' in found) {
    walk.misfit(key, found.says)
    return undefined
  }
  const name = 'key' in found ? found.key : found.value
  if (key.anchor !== undefined) walk.anchors.end(key.anchor, name)
  if (typeof name === 'string') return name
  walk.misfit(key, 'a key that is no text')
  return undefined
}
