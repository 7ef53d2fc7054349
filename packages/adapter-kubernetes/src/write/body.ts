import type { Owner, ResourceKey } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import { markOf } from '../objects/owner-mark.ts'

/** What the API server must find for a write to have an effect: this incarnation, and this version of it where one is named. */
export interface Precondition {
  readonly uid: string
  readonly resourceVersion?: string
}

/** The body of an apply: the manifest with its owner's mark, and the precondition of an update. */
export function bodyOf(
  manifest: KubernetesObject,
  owner: Owner,
  key: ResourceKey,
  precondition?: Partial<Precondition>,
): KubernetesObject {
  const mark = markOf(owner, key)
  const { metadata } = manifest
  return {
    ...manifest,
    metadata: {
      ...metadata,
      ...precondition,
      labels: { ...metadata.labels, ...mark.labels },
      annotations: { ...metadata.annotations, ...mark.annotations },
    },
  }
}
