import type { KubernetesObject } from '../objects/object.ts'
import { fieldsOf, numberOf } from './fields.ts'

/** How many pods a workload wants and has. The API server leaves out zeros, and one is the default of `spec.replicas`. */
export interface ReplicaCounts {
  readonly desired: number
  readonly total: number
  readonly updated: number
  readonly ready: number
  readonly available: number
}

/** The counts of a Deployment, StatefulSet or ReplicaSet. */
export function replicaCountsOf(object: KubernetesObject): ReplicaCounts {
  const status = fieldsOf(object.status)
  return {
    desired: numberOf(fieldsOf(object.spec).replicas) ?? 1,
    total: numberOf(status.replicas) ?? 0,
    updated: numberOf(status.updatedReplicas) ?? 0,
    ready: numberOf(status.readyReplicas) ?? 0,
    available: numberOf(status.availableReplicas) ?? 0,
  }
}

/** Whether its controller has looked at a workload at all. Before that its counts say nothing, not even that zero is enough. */
export const isObserved = (object: KubernetesObject): boolean =>
  numberOf(fieldsOf(object.status).observedGeneration) !== undefined
