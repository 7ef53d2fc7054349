import type { ChangeAction } from '../model/change.ts'
import type { Placement, Scope } from '../model/scope.ts'
import { matches } from './matches.ts'

/** In which respect a change lies outside of a scope, for people; undefined where it lies within. */
export function outside(
  scope: Scope,
  action: ChangeAction,
  placement: () => Placement | undefined,
): string | undefined {
  const { kinds, namespaces, clusterKinds, verbs } = scope
  if (verbs !== undefined) {
    const missing = halvesOf(action).filter((verb) => !verbs.includes(verb))
    if (missing.includes(action)) return `may not ${action}, only ${verbs.join(', ')}`
    if (missing.length > 0)
      return `may not ${action}, which takes ${missing.join(' and ')} as well, only ${verbs.join(', ')}`
  }
  if (kinds === undefined && namespaces === undefined && clusterKinds === undefined) return undefined
  const found = placement()
  // What nobody can place is in no scope: a limit that fails open is none.
  if (found === undefined) return 'the target cannot tell what it is'
  const { kind, namespace } = found
  if (namespace === undefined) {
    const allowed = clusterKinds ?? (namespaces === undefined ? kinds : [])
    return fits(allowed, kind) ? undefined : `${kind} is in no namespace, and ${listed(allowed, 'kind')}`
  }
  if (!fits(kinds, kind)) return `${kind} is no kind that it may touch, ${listed(kinds, 'kind')}`
  if (fits(namespaces, namespace)) return undefined
  return `${JSON.stringify(namespace)} is no namespace that it may touch, ${listed(namespaces, 'namespace')}`
}

/** What a change is judged as. A replace is judged as both of its halves before the first, or its second might never come. */
const halvesOf = (action: ChangeAction): readonly ChangeAction[] =>
  action === 'replace' ? ['replace', 'delete', 'create'] : [action]

const fits = (patterns: readonly string[] | undefined, text: string): boolean =>
  patterns === undefined || patterns.some((pattern) => matches(pattern, text))

const listed = (patterns: readonly string[] = [], what: string): string =>
  patterns.length === 0 ? `no such ${what} is allowed` : `allowed are ${patterns.join(', ')}`
