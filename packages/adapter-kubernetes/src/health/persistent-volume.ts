import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { fieldsOf, textOf } from './fields.ts'
import { degraded, healthy, progressing } from './verdict.ts'

/** A volume is healthy when it is there, bound or not. `Failed` means that reclaiming it did not work. */
export function persistentVolume(object: KubernetesObject): Health {
  const status = fieldsOf(object.status)
  if (status.phase === 'Failed') return degraded(textOf(status.message) ?? 'could not be reclaimed')
  return status.phase === undefined || status.phase === 'Pending' ? progressing('pending') : healthy
}
