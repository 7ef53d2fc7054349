import type { ResourceType } from './resource-type.ts'

/** The types of a group and kind in the order they were given; of one version only, where that is given. */
export type TypeIndex = (group: string, kind: string, version?: string) => readonly ResourceType[]

/**
 * Types by group and kind. Where two resources have one kind (the server refuses that for definitions, and a few built-in
 * helpers do it), the first wins.
 */
export function typeIndex(types: readonly ResourceType[]): TypeIndex {
  const byKind = new Map<string, ResourceType[]>()
  for (const type of types) {
    const name = `${type.group}/${type.kind}`
    const known = byKind.get(name)
    if (known === undefined) byKind.set(name, [type])
    else if (!known.some(({ version }) => version === type.version)) known.push(type)
  }
  return (group, kind, version) => {
    const found = byKind.get(`${group}/${kind}`) ?? []
    return version === undefined ? found : found.filter((type) => type.version === version)
  }
}
