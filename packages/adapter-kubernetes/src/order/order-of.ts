import type { Dependency, Orderable } from '@mooring/core'
import { definitionEdges } from './definition-edges.ts'
import { placeOf } from './place.ts'
import { stepEdges } from './step-edges.ts'
import { webhookEdges } from './webhook-edges.ts'

/**
 * Who must be ready before whom, by keys alone: a graph after kapp's rules, not a list of kinds.
 *
 * - a Namespace before what is in it, a CustomResourceDefinition before its instances
 * - what pods are given or need (ServiceAccounts, roles and their bindings, Secrets, ConfigMaps, quotas, classes) before
 *   the workloads of its namespace
 * - webhook configurations and APIServices after the workloads that may be behind them; nothing waits for them
 *
 * Not in it: volumes and their claims, because with `WaitForFirstConsumer` a claim is bound only once a pod uses it, and
 * would never open the gate for that pod; and Services, which no pod needs to start.
 *
 * A few edges for each resource, never one for each pair. Waves decide where they differ, so between them only the first
 * line holds. Together with any `dependsOn` that is no cycle in itself, these edges make none.
 */
export function orderOf(resources: readonly Orderable[]): readonly Dependency[] {
  const places = resources.map(placeOf)
  const namespaces = new Map(
    places.filter(({ type }) => type === '/Namespace').map(({ name, key }) => [name, key]),
  )
  const insideNamespaces = places.flatMap(({ namespace, key }) => {
    const before = namespaces.get(namespace)
    return before === undefined ? [] : [{ before, after: key }]
  })
  return [
    ...insideNamespaces,
    ...definitionEdges(places),
    ...stepEdges(places),
    ...webhookEdges(places, resources),
  ]
}
