import { Scalar as ScalarNode } from 'yaml'
import { plainScalar, type Scalar } from './plain-scalar.ts'
import { taggedScalar } from './tagged-scalar.ts'

/** The value of a scalar by its tag, its quotes or its text. */
export function scalarValue(node: ScalarNode): Scalar {
  const text = String(node.value)
  if (!text.isWellFormed()) return { says: 'an escape for half a character (a lone surrogate)' }
  if (node.tag !== undefined) return taggedScalar(node.tag, text)
  return isPlain(node) ? plainScalar(text) : { value: text }
}

/** Whether a scalar stands there without quotes and is no block. */
export const isPlain = ({ type }: ScalarNode): boolean => type === undefined || type === ScalarNode.PLAIN
