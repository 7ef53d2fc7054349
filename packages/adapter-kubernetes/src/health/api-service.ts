import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf, inWords } from './condition.ts'
import { healthy, progressing } from './verdict.ts'

/** An APIService is healthy when what is behind it answers (`Available`), as in gitops-engine. */
export function apiService(object: KubernetesObject): Health {
  const available = conditionOf(object, 'Available')
  if (available === undefined) return progressing('not checked yet')
  return available.status === 'True' ? healthy : progressing(inWords(available, 'not available'))
}
