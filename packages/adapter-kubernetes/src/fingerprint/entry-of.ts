import type { FieldsV1, KubernetesObject, ManagedFields } from '../objects/object.ts'
import { isRecord } from '../objects/record.ts'

/** An entry of `managedFields` that says what it owns. */
export interface FieldsEntry extends ManagedFields {
  readonly fieldsV1: FieldsV1
}

/**
 * The entry in which the API server says what `manager` owns by apply: operation `Apply`, no subresource. Undefined when
 * it owns nothing that way, which is also so after somebody reset `managedFields`.
 */
export const entryOf = (object: KubernetesObject, manager: string): FieldsEntry | undefined =>
  entriesOf(object).find((entry) => isApplyOf(entry, manager))

/** Whether this is the entry of what `manager` owns by apply. */
export const isApplyOf = (entry: ManagedFields, manager: string): boolean =>
  entry.manager === manager && entry.operation === 'Apply' && (entry.subresource ?? '') === ''

/**
 * All readable entries of `managedFields`. Anybody who may write an object may write its `managedFields` too, so nothing
 * is taken for granted about them.
 */
export function entriesOf(object: KubernetesObject): readonly FieldsEntry[] {
  const entries: unknown = object.metadata.managedFields
  return Array.isArray(entries) ? entries.filter(isFieldsEntry) : []
}

const isFieldsEntry = (entry: unknown): entry is FieldsEntry => isRecord(entry) && isRecord(entry.fieldsV1)
