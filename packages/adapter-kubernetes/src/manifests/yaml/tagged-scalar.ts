import { plainScalar, type Scalar } from './plain-scalar.ts'

/**
 * The value of a scalar that says its type (`!!str 5`). Texts, numbers, booleans and null as kubectl has them.
 *
 * Differs from kubectl, which drops the tags it does not know and keeps the text: such a tag (`!vault`, `!Ref`) was meant
 * for a tool that has not run, so it is refused. So are `!!binary`, whose decoded bytes no field of Kubernetes wants, and
 * what is left of YAML's own types.
 */
export function taggedScalar(tag: string, text: string): Scalar {
  if (tag === '!' || tag === `${core}str` || tag === `${core}timestamp`) return { value: text }
  const wanted = wantedBy.get(tag)
  if (wanted === undefined) return { says: 'a tag that Kubernetes does not know' }
  const scalar = plainScalar(text)
  if ('says' in scalar || wanted(scalar.value)) return scalar
  return { says: 'a tag that does not fit its value' }
}

/** The prefix of `!!`. */
const core = 'tag:yaml.org,2002:'

const wantedBy: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  [`${core}null`, (value) => value === null],
  [`${core}bool`, (value) => typeof value === 'boolean'],
  [`${core}int`, (value) => Number.isInteger(value)],
  [`${core}float`, (value) => typeof value === 'number'],
])
