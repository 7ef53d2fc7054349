import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf, inWords } from './condition.ts'
import { degraded, healthy, paused, progressing } from './verdict.ts'

/**
 * An autoscaler is healthy when it can see its metrics and scale its target. A target that somebody scaled to zero turns
 * it off on purpose. `autoscaling/v1` keeps no conditions where they can be read, so there it has no opinion.
 */
export function horizontalPodAutoscaler(object: KubernetesObject): Health | undefined {
  if (object.apiVersion === 'autoscaling/v1') return undefined
  const able = conditionOf(object, 'AbleToScale')
  if (able === undefined) return progressing('waiting for its controller')
  if (able.status === 'False') return degraded(inWords(able, 'cannot scale its target'))
  const active = conditionOf(object, 'ScalingActive')
  if (active === undefined) return progressing('waiting for metrics')
  if (active.status === 'True') return healthy
  if (active.reason === 'ScalingDisabled') return paused('its target is scaled to zero')
  return degraded(inWords(active, 'cannot see its metrics'))
}
