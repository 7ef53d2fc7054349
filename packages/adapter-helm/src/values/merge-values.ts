import { isMapping, type Mapping } from './read-mapping.ts'

/**
 * Values over values as Helm lays one `--values` over another (helm.sh/helm pkg/cli/values, `mergeMaps`): mappings are
 * merged at every depth, anything else takes the place of what was there. A null stays, because it is how values take away
 * a default of the chart.
 */
export function mergeValues(under: Mapping, over: Mapping): Mapping {
  const merged: Record<string, Mapping[string]> = Object.assign(Object.create(null), under)
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name]
    merged[name] = isMapping(below) && isMapping(value) ? mergeValues(below, value) : value
  }
  return merged
}
