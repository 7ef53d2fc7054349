import { type Json, MooringError } from '@mooring/core'
import type { Chart } from '../chart/chart.ts'
import { findCalls } from '../chart/find-calls.ts'
import { isMapping, type Mapping } from '../values/read-mapping.ts'

/**
 * Throws `HELM_LOOKUP` if a template calls `lookup`, or a value that a template may take for one: without a cluster it
 * answers with nothing, so charts that keep a password by it would make another each time.
 */
export function refuseLookups(chart: Chart, values: Mapping): void {
  const calls = findCalls(chart.sources, ['lookup']).map(({ path, line }) => `${chart.placeOf(path)}:${line}`)
  const inValues = textsIn(values).some((text) => findCalls([{ path: '', text }], ['lookup']).length > 0)
  const places = [...calls.slice(0, 5), ...(inValues ? ['the values'] : [])]
  if (places.length === 0) return
  throw new MooringError({
    code: 'HELM_LOOKUP',
    kind: 'permanent',
    message: `Expected chart ${chart.name} ${chart.version} to look nothing up in the cluster, found lookup in ${places.join(', ')}`,
    hint: "Nothing is looked up while rendering. Set lookup: 'empty' if the chart gives what you want without an answer, or keep it as a release with helmReleases().",
  })
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return value.includes('{{') ? [value] : []
  if (Array.isArray(value)) return value.flatMap(textsIn)
  return isMapping(value) ? Object.values(value).flatMap(textsIn) : []
}
