import type { Dependency } from '@mooring/core'
import type { Place } from './place.ts'

/**
 * Definitions before their instances. A key holds no plural, so the definition is found by the usual plurals of the kind
 * (a definition is named `plural.group`); a kind with an unusual one waits for all definitions of its group.
 */
export function definitionEdges(places: readonly Place[]): readonly Dependency[] {
  const groups = new Map<string, Map<string, Place>>()
  for (const place of places) {
    if (place.type !== 'apiextensions.k8s.io/CustomResourceDefinition') continue
    const dot = place.name.indexOf('.')
    const group = place.name.slice(dot + 1)
    const definitions = groups.get(group) ?? new Map<string, Place>()
    groups.set(group, definitions.set(place.name.slice(0, Math.max(0, dot)), place))
  }
  if (groups.size === 0) return []
  return places.flatMap((place) =>
    definitionsOf(place, groups.get(place.group)).map(({ key }) => ({ before: key, after: place.key })),
  )
}

function definitionsOf(
  { kind }: Place,
  definitions: ReadonlyMap<string, Place> | undefined,
): readonly Place[] {
  if (definitions === undefined) return []
  const found = pluralsOf(kind).flatMap((plural) => definitions.get(plural) ?? [])
  return found.length > 0 ? found : [...definitions.values()]
}

function pluralsOf(kind: string): readonly string[] {
  const singular = kind.toLowerCase()
  const plurals = [singular, `${singular}s`, `${singular}es`]
  return singular.endsWith('y') ? [...plurals, `${singular.slice(0, -1)}ies`] : plurals
}
