import type { Dependency, Orderable } from '@mooring/core'

/** A file, and one in a folder of its name, cannot exist at once: whichever leaves makes room for the other. */
export function orderOf(resources: readonly Orderable[]): readonly Dependency[] {
  const keys = new Set(resources.map(({ key }) => key))
  const edges: Dependency[] = []
  for (const key of keys) {
    for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
      const above = key.slice(0, end)
      if (!keys.has(above)) continue
      edges.push(
        { before: above, after: key, makesRoom: true },
        { before: key, after: above, makesRoom: true },
      )
    }
  }
  return edges
}
