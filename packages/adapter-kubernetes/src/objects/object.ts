import type { Json } from '@mooring/core'

/** The metadata that Mooring reads or writes; everything else passes through untouched. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  /** Opaque to everybody but {@link isNewer}. */
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly Json[]
  readonly managedFields?: readonly ManagedFields[]
  readonly [field: string]: unknown
}

/** One entry of `metadata.managedFields`: which fields one manager owns by one kind of operation. */
export interface ManagedFields {
  readonly manager?: string
  readonly operation?: 'Apply' | 'Update'
  readonly apiVersion?: string
  readonly time?: string
  readonly subresource?: string
  readonly fieldsType?: string
  readonly fieldsV1?: FieldsV1
}

/** A set of owned fields as the API server writes it: a tree of `f:`, `k:`, `v:`, `i:` and `.` members. */
export interface FieldsV1 {
  readonly [member: string]: FieldsV1
}

/** A Kubernetes object as plain JSON, whether it comes from Git or from the API server. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}
