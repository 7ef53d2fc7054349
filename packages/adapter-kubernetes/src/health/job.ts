import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf, inWords } from './condition.ts'
import { fieldsOf, numberOf, textOf } from './fields.ts'
import { degraded, healthy, paused, progressing } from './verdict.ts'

/**
 * A Job is healthy when it has completed. kstatus lets one pass that has only started; who orders something after a Job
 * (a migration) means its end, so here it is progressing until then, as in gitops-engine.
 */
export function job(object: KubernetesObject): Health {
  if (conditionOf(object, 'Complete')?.status === 'True') return healthy
  for (const type of ['Failed', 'FailureTarget']) {
    const failed = conditionOf(object, type)
    if (failed?.status === 'True') return degraded(inWords(failed, 'failed'))
  }
  const spec = fieldsOf(object.spec)
  if (spec.suspend === true || conditionOf(object, 'Suspended')?.status === 'True') return paused('suspended')
  return progressing(progress(object))
}

function progress(object: KubernetesObject): string {
  const status = fieldsOf(object.status)
  if (textOf(status.startTime) === undefined) return 'not started yet'
  const completions = numberOf(fieldsOf(object.spec).completions) ?? 1
  const failed = numberOf(status.failed) ?? 0
  return [
    `${numberOf(status.succeeded) ?? 0} of ${completions} completed`,
    `${numberOf(status.active) ?? 0} active`,
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(', ')
}
