import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { fieldsOf } from './fields.ts'
import { degraded, healthy, progressing } from './verdict.ts'

/** A claim is healthy when it is bound. `Lost` means that its volume is gone, and its data with it. */
export function persistentVolumeClaim(object: KubernetesObject): Health {
  const { phase } = fieldsOf(object.status)
  if (phase === 'Bound') return healthy
  if (phase === 'Lost') return degraded('its volume is gone')
  return progressing('not bound yet; with WaitForFirstConsumer, it waits for a pod that uses it')
}
