import type { Health } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { conditionOf } from './condition.ts'
import { fieldsOf, textOf } from './fields.ts'
import { progressing } from './verdict.ts'

/** An object that is being deleted, with what it waits for. */
export function terminating(object: KubernetesObject): Health | undefined {
  const metadata = fieldsOf(object.metadata)
  const isNamespaceGoing = object.kind === 'Namespace' && fieldsOf(object.status).phase === 'Terminating'
  if (textOf(metadata.deletionTimestamp) === undefined && !isNamespaceGoing) return undefined
  const finalizers = textsOf(metadata.finalizers)
  const waitsFor = finalizers.length === 0 ? '' : `, finalizers: ${finalizers.join(', ')}`
  return progressing([`terminating${waitsFor}`, ...remainders(object)].join('; '))
}

/** A namespace says what is still in it, a definition that its instances are still going. */
const remainders = (object: KubernetesObject): readonly string[] =>
  tellingConditions.flatMap((type) => {
    const condition = conditionOf(object, type)
    return condition?.status === 'True' && condition.message !== undefined ? [condition.message] : []
  })

const tellingConditions = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
  'Terminating',
]

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
