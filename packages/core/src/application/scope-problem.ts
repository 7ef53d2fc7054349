import type { ChangeAction } from '../model/change.ts'
import type { Scope } from '../model/scope.ts'
import type { Target } from '../ports/target.ts'

/**
 * What is wrong with a scope, or with a target that cannot be held to it; undefined where nothing is. What is given and
 * limits nothing is wrong: it was meant to.
 */
export function scopeProblem(
  scope: unknown,
  target: Pick<Target<never>, 'name' | 'placeOf'>,
): string | undefined {
  if (typeof scope !== 'object' || scope === null || Array.isArray(scope) || Object.keys(scope).length === 0)
    return `expected scope to be limits, such as { namespaces: ['shop'] }, got ${JSON.stringify(scope) ?? typeof scope}; leave it out where nothing is limited`
  for (const [field, value] of Object.entries(scope)) {
    const isKnown = field === 'verbs' || placed.has(field)
    if (!isKnown) return `scope has no field ${field}`
    if (!isList(value, field))
      return `expected scope.${field} to be a list of ${field === 'verbs' ? actions.join(', ') : 'texts'}, got ${JSON.stringify(value) ?? typeof value}`
  }
  const isPlaced = Object.keys(scope).some((field) => placed.has(field))
  return isPlaced && typeof target.placeOf !== 'function'
    ? `target ${target.name} cannot be held to a scope of kinds or namespaces: it has no placeOf. Nothing less than the whole scope is ever applied`
    : undefined
}

const placed: ReadonlySet<string> = new Set<keyof Scope>(['kinds', 'namespaces', 'clusterKinds'])
const actions: readonly ChangeAction[] = ['create', 'update', 'delete', 'replace', 'release']

const isList = (value: unknown, field: string): boolean =>
  Array.isArray(value) &&
  value.every((text) =>
    field === 'verbs' ? actions.includes(text as ChangeAction) : typeof text === 'string' && text !== '',
  )
