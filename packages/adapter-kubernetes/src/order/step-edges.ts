import type { Dependency } from '@mooring/core'
import { type Place, workloads } from './place.ts'

/**
 * What pods need before the pods, in steps: what stands for itself, then bindings, then workloads.
 *
 * A key does not tell which ConfigMap a Deployment uses, and an edge for each pair would be 100 million for ten thousand
 * of each. But a stage holds everything of one depth, so it is enough that every resource of a step waits for *one* of the
 * step before: for the first by key of its own namespace and wave, and for the first among those without a namespace.
 * One that names dependencies itself is not waited for, as it may come late, or make a circle.
 */
export function stepEdges(places: readonly Place[]): readonly Dependency[] {
  const stepped = places.flatMap((place) => {
    const step = stepOf(place)
    return step === undefined ? [] : [{ place, step }]
  })
  const first = new Map<string, Place>()
  for (const { place, step } of stepped) {
    if (!place.isFree) continue
    const slot = slotOf(place.namespace, place.wave, step)
    const known = first.get(slot)
    if (known === undefined || place.key < known.key) first.set(slot, place)
  }
  const before = ({ wave }: Place, namespace: string, step: number): Place | undefined => {
    for (let lower = step - 1; lower >= 0; lower--) {
      const found = first.get(slotOf(namespace, wave, lower))
      if (found !== undefined) return found
    }
    return undefined
  }
  return stepped.flatMap(({ place, step }) =>
    [...new Set([place.namespace, ''])].flatMap((namespace) => {
      const found = before(place, namespace, step)
      return found === undefined ? [] : [{ before: found.key, after: place.key }]
    }),
  )
}

const slotOf = (namespace: string, wave: number, step: number): string => `${step}/${wave}/${namespace}`

const stepOf = ({ type }: Place): number | undefined => (workloads.has(type) ? 2 : needs.get(type))

const needs: ReadonlyMap<string, number> = new Map([
  ['/ConfigMap', 0],
  ['/LimitRange', 0],
  ['/ResourceQuota', 0],
  ['/Secret', 0],
  ['/ServiceAccount', 0],
  ['node.k8s.io/RuntimeClass', 0],
  ['rbac.authorization.k8s.io/ClusterRole', 0],
  ['rbac.authorization.k8s.io/Role', 0],
  ['scheduling.k8s.io/PriorityClass', 0],
  ['storage.k8s.io/StorageClass', 0],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', 1],
  ['rbac.authorization.k8s.io/RoleBinding', 1],
])
