import type { KubernetesObject } from '../objects/object.ts'
import { type Fields, fieldsOf, itemsOf, numberOf, textOf } from './fields.ts'

/** One entry of `status.conditions`. */
export interface Condition {
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly observedGeneration?: number
}

/** The condition of a type, when the object has one. */
export function conditionOf(object: KubernetesObject, type: string): Condition | undefined {
  const found = itemsOf(fieldsOf(object.status).conditions).find((condition) => condition.type === type)
  return found && asCondition(found)
}

/** A condition in words: `MinimumReplicasUnavailable: Deployment does not have minimum availability.` */
export const inWords = (condition: Condition, otherwise: string): string =>
  [condition.reason, condition.message].filter((part) => part !== undefined).join(': ') || otherwise

function asCondition(found: Fields): Condition {
  const reason = textOf(found.reason)
  const message = textOf(found.message)
  const observedGeneration = numberOf(found.observedGeneration)
  return {
    status: textOf(found.status) ?? 'Unknown',
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(observedGeneration !== undefined && { observedGeneration }),
  }
}
