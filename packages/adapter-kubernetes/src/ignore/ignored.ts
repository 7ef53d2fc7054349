import { annotationIn, own } from '../objects/annotations.ts'
import type { KubernetesObject } from '../objects/object.ts'

/** Which fields of an object are left alone once it exists. */
export interface Ignored {
  /** JSON pointers (RFC 6901), as their segments; `*` stands for every item of a list. */
  readonly pointers: readonly (readonly string[])[]
  /** Whatever these field managers own of it. */
  readonly managers: readonly string[]
}

/** What a manifest's own annotation, and the rules of its target, say; undefined where they say nothing. */
export function ignoredIn(object: KubernetesObject): Ignored | undefined {
  const text = annotationIn(object, own.ignore)
  return text === undefined ? undefined : ignoredOf(text, () => {})
}

/**
 * What the text of the annotation says: pointers and `manager:<name>`, with commas between. What cannot be left alone is
 * reported and left out.
 */
export function ignoredOf(text: string, report: (fault: string) => void): Ignored | undefined {
  const pointers: (readonly string[])[] = []
  const managers: string[] = []
  for (const part of text.split(',').map((one) => one.trim())) {
    const manager = /^manager:(.+)$/.exec(part)?.[1]
    const fault = manager === undefined ? faultIn(part) : undefined
    if (fault !== undefined) report(fault)
    else if (manager !== undefined) managers.push(manager)
    else pointers.push(segmentsOf(part))
  }
  return pointers.length + managers.length === 0 ? undefined : { pointers, managers }
}

/** The segments of a JSON pointer. */
const segmentsOf = (pointer: string): readonly string[] =>
  pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Why a pointer cannot be ignored: it is none, or it names what tells whose the object is, or which. */
export function faultIn(pointer: string): string | undefined {
  if (!/^(\/([^~]|~[01])*)+$/.test(pointer))
    return `expected a JSON pointer such as /spec/replicas, or manager:<name>, found ${JSON.stringify(pointer)}`
  const [first, second, third = ''] = segmentsOf(pointer)
  const isIdentity = first === 'apiVersion' || first === 'kind' || first === '' || first === 'status'
  const isWhole = first === 'metadata' && (second === undefined || third === '')
  const isMark = first === 'metadata' && third.startsWith('mooring.dev/')
  if (!isIdentity && !isMark && (first !== 'metadata' || !isWhole)) return undefined
  return `${pointer} cannot be left alone: it says which object it is, or whose`
}
