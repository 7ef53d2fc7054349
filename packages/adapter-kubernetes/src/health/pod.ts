import type { Health } from '@mooring/core'
import { annotationIn, own } from '../objects/annotations.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf } from './condition.ts'
import { fieldsOf, textOf } from './fields.ts'
import { worstOf } from './pod-trouble.ts'
import { degraded, healthy, progressing } from './verdict.ts'

/**
 * A Pod is healthy when it is ready or has succeeded. A container that keeps failing, or cannot start, makes it degraded
 * (the waiting reasons are gitops-engine's). One that cannot be scheduled is progressing: kstatus calls it failed after 15
 * seconds, because its waits end there; ours do not, and a new node may be on its way.
 */
export function pod(object: KubernetesObject): Health {
  const { phase } = fieldsOf(object.status)
  if (phase === 'Succeeded') return healthy
  const isReady = conditionOf(object, 'Ready')?.status === 'True'
  // An instance of a hook is there to end.
  const mustEnd = annotationIn(object, own.operation) !== undefined
  if (phase === 'Running' && isReady && !mustEnd) return healthy
  const trouble = worstOf(object)
  if (trouble !== undefined) {
    return trouble.failed ? degraded(trouble.message) : progressing(trouble.message)
  }
  if (phase === 'Failed') return degraded('failed')
  if (mustEnd && isReady) return progressing('running')
  return progressing(textOf(phase) === undefined ? 'waiting to be scheduled' : 'not ready yet')
}
