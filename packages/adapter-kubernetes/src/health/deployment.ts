import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf, inWords } from './condition.ts'
import { fieldsOf } from './fields.ts'
import { isObserved, replicaCountsOf } from './replica-counts.ts'
import { degraded, healthy, paused, progressing } from './verdict.ts'

/** A Deployment is healthy when all its pods are of the latest template and available, and no older one is left. */
export function deployment(object: KubernetesObject): Health {
  if (fieldsOf(object.spec).paused === true) return paused('paused: changes are not rolled out')
  if (!isObserved(object)) return progressing('waiting for its controller')
  return failure(object) ?? rollout(object) ?? healthy
}

/** A refused pod (a quota, an admission webhook) is told before the deadline has passed: the reason stands only here. */
function failure(object: KubernetesObject): Health | undefined {
  const refused = conditionOf(object, 'ReplicaFailure')
  if (refused?.status === 'True') return degraded(inWords(refused, 'pods cannot be created'))
  const progress = conditionOf(object, 'Progressing')
  if (progress?.reason !== 'ProgressDeadlineExceeded') return undefined
  const { ready, desired } = replicaCountsOf(object)
  return degraded(`${inWords(progress, '')} (${ready} of ${desired} ready)`)
}

function rollout(object: KubernetesObject): Health | undefined {
  const { desired, total, updated, ready, available } = replicaCountsOf(object)
  if (updated < desired) return progressing(`${updated} of ${desired} updated`)
  if (total > updated) return progressing(`${total - updated} of an older template still to go`)
  if (total > desired) return progressing(`${total - desired} too many still to go`)
  if (ready < desired) return progressing(`${ready} of ${desired} ready`)
  if (available < desired) return progressing(`${available} of ${desired} available`)
  const progress = conditionOf(object, 'Progressing')
  if (progress !== undefined && progress.reason !== 'NewReplicaSetAvailable') {
    return progressing(inWords(progress, 'rolling out'))
  }
  const availability = conditionOf(object, 'Available')
  if (availability?.status === 'True') return undefined
  return progressing(availability ? inWords(availability, 'not available') : 'not available yet')
}
