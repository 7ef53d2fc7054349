import type { ChangeAction } from '../model/change.ts'
import type { Scope } from '../model/scope.ts'
import type { Target } from '../ports/target.ts'

/** What is wrong with a scope, or with a target that cannot be held to it; undefined where nothing is. */
export function scopeProblem(
  scope: unknown,
  target: Pick<Target<never>, 'name' | 'placeOf'>,
): string | undefined {
  if (scope === undefined) return undefined
  if (typeof scope !== 'object' || scope === null) return `expected scope to be limits, got ${typeof scope}`
  for (const [field, value] of Object.entries(scope)) {
    const isKnown = field === 'verbs' || placed.has(field)
    if (!isKnown) return `scope has no field ${field}`
    if (value !== undefined && !isList(value, field))
      return `expected scope.${field} to be a list of ${field === 'verbs' ? actions.join(', ') : 'texts'}, got ${JSON.stringify(value)}`
  }
  const isPlaced = Object.entries(scope as Scope).some(([field, value]) => placed.has(field) && value)
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
