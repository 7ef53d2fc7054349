import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf, inWords } from './condition.ts'
import { degraded, healthy, progressing } from './verdict.ts'

/** A definition is healthy when it is established, which takes a moment; a name that is taken never is (kstatus). */
export function customResourceDefinition(object: KubernetesObject): Health {
  const names = conditionOf(object, 'NamesAccepted')
  if (names?.status === 'False') return degraded(inWords(names, 'its names are taken'))
  const established = conditionOf(object, 'Established')
  if (established?.status === 'True') return healthy
  if (established?.status === 'False' && established.reason !== 'Installing') {
    return degraded(inWords(established, 'not established'))
  }
  return progressing('not established yet')
}
