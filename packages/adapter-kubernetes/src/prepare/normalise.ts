import { own } from '../objects/annotations.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { installationLabelName } from '../objects/owner-mark.ts'
import { foldStringData } from './fold-string-data.ts'

/**
 * An object as it is applied: with its namespace, and without what is not for a manifest to say.
 *
 * - `namespace` is filled in where a namespaced object names none, and goes where a cluster-scoped one names one: kubectl
 *   ignores it too, and many charts set it on everything.
 * - `status` goes: it is the controller's, also where it is no subresource, and would be drift for ever.
 * - Metadata that the API server sets goes, so that an exported object can be applied. `generateName` counts as such
 *   beside a name.
 * - The annotation of client-side apply goes: it is a stale copy of the whole object, Secrets included.
 * - Marks of our own go: an object exported from one cluster must not claim an owner in another.
 * - Labels and annotations that are empty go: nothing is desired of them.
 * - `stringData` of a Secret becomes `data`.
 *
 * Finalizers and ownerReferences stay. Each is owned item by item: to desire one is a decision, such as a program that
 * lets its own resource be the owner, and leaving it out in silence would be another. Empty maps elsewhere stay too:
 * `emptyDir: {}` says something. Values keep their form (`1000m`, `"080"`), for live is only ever compared with live.
 */
export function normalise(object: KubernetesObject, { namespaced, namespace }: Scope): KubernetesObject {
  const { status: _, metadata, ...rest } = object
  const { namespace: named, labels, annotations, ...others } = metadata
  const place = !namespaced ? undefined : named === undefined || named === '' ? namespace : named
  return foldStringData({
    ...rest,
    metadata: {
      ...(without(others, setByServer) as Pick<typeof metadata, 'name'>),
      ...(place !== undefined && { namespace: place }),
      ...unlessEmpty('labels', without(labels ?? {}, [installationLabelName])),
      ...unlessEmpty('annotations', without(annotations ?? {}, [own.owner, own.operation, lastApplied])),
    },
  } as KubernetesObject)
}

/** Where an object belongs: into a namespace, with a default or without, or into none. */
export interface Scope {
  readonly namespaced: boolean
  readonly namespace?: string | undefined
}

const setByServer: readonly string[] = [
  'managedFields',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'generateName',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

const without = (
  map: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(map).filter(([field]) => !fields.includes(field)))

const unlessEmpty = (field: string, map: Record<string, unknown>): Record<string, unknown> =>
  Object.keys(map).length === 0 ? {} : { [field]: map }
