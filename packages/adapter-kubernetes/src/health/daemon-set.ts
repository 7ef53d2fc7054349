import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { fieldsOf, numberOf } from './fields.ts'
import { isObserved } from './replica-counts.ts'
import { healthy, progressing } from './verdict.ts'

/** A DaemonSet is healthy when every node that should run its pod has an available one of the latest template. */
export function daemonSet(object: KubernetesObject): Health {
  const status = fieldsOf(object.status)
  const desired = numberOf(status.desiredNumberScheduled)
  if (!isObserved(object) || desired === undefined || desired < 0)
    return progressing('waiting for its controller')
  const lags = (count: unknown, what: string): Health | undefined => {
    const found = numberOf(count) ?? 0
    return found < desired ? progressing(`${found} of ${desired} ${what}`) : undefined
  }
  const replacesItself = fieldsOf(fieldsOf(object.spec).updateStrategy).type !== 'OnDelete'
  return (
    lags(status.currentNumberScheduled, 'scheduled') ??
    (replacesItself ? lags(status.updatedNumberScheduled, 'updated') : undefined) ??
    lags(status.numberReady, 'ready') ??
    lags(status.numberAvailable, 'available') ??
    healthy
  )
}
