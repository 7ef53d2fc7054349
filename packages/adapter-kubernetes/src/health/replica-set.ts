import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf, inWords } from './condition.ts'
import { isObserved, replicaCountsOf } from './replica-counts.ts'
import { degraded, healthy, progressing } from './verdict.ts'

/** A ReplicaSet or ReplicationController is healthy when as many pods as it wants are available, and no more. */
export function replicaSet(object: KubernetesObject): Health {
  const refused = conditionOf(object, 'ReplicaFailure')
  if (refused?.status === 'True') return degraded(inWords(refused, 'pods cannot be created'))
  if (!isObserved(object)) return progressing('waiting for its controller')
  const { desired, total, ready, available } = replicaCountsOf(object)
  if (total < desired) return progressing(`${total} of ${desired} created`)
  if (ready < desired) return progressing(`${ready} of ${desired} ready`)
  if (available < desired) return progressing(`${available} of ${desired} available`)
  return total > desired ? progressing(`${total - desired} too many still to go`) : healthy
}
