import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { fieldsOf, numberOf, textOf } from './fields.ts'
import { isObserved, replicaCountsOf } from './replica-counts.ts'
import { healthy, progressing } from './verdict.ts'

/**
 * A StatefulSet is healthy when all its pods are ready and of the latest revision, or when as many are as its partition
 * lets through. Under `OnDelete` people replace pods themselves, and an older revision is no news.
 */
export function statefulSet(object: KubernetesObject): Health {
  if (!isObserved(object)) return progressing('waiting for its controller')
  return filling(object) ?? updating(object) ?? healthy
}

function filling(object: KubernetesObject): Health | undefined {
  const { desired, total, ready, available } = replicaCountsOf(object)
  if (total < desired) return progressing(`${total} of ${desired} created`)
  if (ready < desired) return progressing(`${ready} of ${desired} ready`)
  if (total > desired) return progressing(`${total - desired} too many still to go`)
  const tellsAvailable = numberOf(fieldsOf(object.status).availableReplicas) !== undefined
  return tellsAvailable && available < desired
    ? progressing(`${available} of ${desired} available`)
    : undefined
}

function updating(object: KubernetesObject): Health | undefined {
  const strategy = fieldsOf(fieldsOf(object.spec).updateStrategy)
  if (strategy.type === 'OnDelete') return undefined
  const { desired, updated } = replicaCountsOf(object)
  const partition = numberOf(fieldsOf(strategy.rollingUpdate).partition) ?? 0
  if (partition > 0) {
    const through = Math.max(0, desired - partition)
    return updated < through
      ? progressing(`${updated} of ${through} updated, partition ${partition}`)
      : undefined
  }
  const status = fieldsOf(object.status)
  const [current, update] = [textOf(status.currentRevision), textOf(status.updateRevision)]
  return current !== update ? progressing(`${updated} of ${desired} updated`) : undefined
}
