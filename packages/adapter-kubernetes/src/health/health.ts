import type { Health } from '@mooring/core'
import { groupOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf, inWords } from './condition.ts'
import { fieldsOf, numberOf, textOf } from './fields.ts'
import { rules } from './rules.ts'
import { terminating } from './terminating.ts'
import { degraded, healthy, progressing } from './verdict.ts'

/**
 * Whether a live object does its job, with the reason a person would ask for. Pure, and never throws, whatever shape a
 * stranger's definition gives to status.
 *
 * The order of questions is that of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus): being deleted, not observed yet,
 * `Reconciling`, `Stalled`, the kind's own rule, `Ready`. Who answers none of them is healthy: an object that nobody gives
 * a status, such as a ConfigMap, has nothing to wait for. The rules of the kinds are those of kstatus too, with what
 * gitops-engine (pkg/health) knows beyond them. Nothing here depends on the time, so that an observation stays true until
 * the object changes.
 */
export function healthOf(object: KubernetesObject): Health {
  return (
    terminating(object) ??
    unobserved(object) ??
    reconciling(object) ??
    rules.get(typeOf(object))?.(object) ??
    ready(object) ??
    healthy
  )
}

const typeOf = (object: KubernetesObject): string =>
  `${groupOf(textOf(object.apiVersion) ?? '')}/${textOf(object.kind) ?? ''}`

/** Only where both are there: many kinds count generations and have no controller that observes them. */
function unobserved(object: KubernetesObject): Health | undefined {
  const generation = numberOf(fieldsOf(object.metadata).generation)
  const observed = numberOf(fieldsOf(object.status).observedGeneration)
  if (generation === undefined || observed === undefined || generation === observed) return undefined
  return progressing(`its controller has seen generation ${observed} and not yet ${generation}`)
}

/** The two conditions that kstatus defines for everybody; they are there only while they hold. */
function reconciling(object: KubernetesObject): Health | undefined {
  const working = conditionOf(object, 'Reconciling')
  if (working?.status === 'True') return progressing(inWords(working, 'reconciling'))
  const stalled = conditionOf(object, 'Stalled')
  return stalled?.status === 'True' ? degraded(inWords(stalled, 'stalled')) : undefined
}

/** Never degraded: what is not ready yet and what failed look the same in this condition, and the message tells. */
function ready(object: KubernetesObject): Health | undefined {
  const condition = conditionOf(object, 'Ready')
  if (condition === undefined) return undefined
  const generation = numberOf(fieldsOf(object.metadata).generation)
  const { observedGeneration } = condition
  if (generation !== undefined && observedGeneration !== undefined && observedGeneration < generation) {
    return progressing(`its controller has seen generation ${observedGeneration} and not yet ${generation}`)
  }
  return condition.status === 'True' ? healthy : progressing(inWords(condition, 'not ready'))
}
