import { annotationIn, labelIn, own, ownPrefix } from '../objects/annotations.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { isRecord } from '../objects/record.ts'
import type { Part, StoreScope } from './object-names.ts'
import { storeDamaged, storeTooNew } from './store-errors.ts'
import { storeMark } from './store-mark.ts'

/** The format this version of Mooring writes. An object with a higher one is of a later Mooring. */
const formatVersion = 1

/** What an object is and when it was written, as its metadata tells. */
export interface StoredMeta {
  readonly name: string
  readonly part: Part
  /** Of all but the installation. */
  readonly segment?: string
  /** Of the opening it was written under, or adopted by. */
  readonly epoch: number
  /** Of the installation: who has the store, as it was written. */
  readonly lease?: string
}

/** An object of the store as it is to be written. */
export interface ObjectToStore extends StoredMeta {
  /** For people, and for lists. */
  readonly application?: string
  readonly data: Readonly<Record<string, Uint8Array>>
}

/** An object as it was read. */
export interface StoredObject extends ObjectToStore {
  readonly uid: string
  readonly resourceVersion: string
}

/**
 * The Secret for an object. It carries no owner mark, so no application takes it for its own, and it asks to be left
 * alone should a manifest ever name it. Chunks are immutable.
 */
export function secretOf({ namespace, store }: StoreScope, object: ObjectToStore): KubernetesObject {
  const { name, part, segment, epoch, lease, application, data } = object
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: {
        'app.kubernetes.io/managed-by': 'mooring',
        [storeMark.store]: store,
        [storeMark.part]: part,
        ...(segment !== undefined && { [storeMark.segment]: segment }),
      },
      annotations: {
        [storeMark.format]: String(formatVersion),
        [storeMark.epoch]: String(epoch),
        ...(lease !== undefined && { [storeMark.lease]: lease }),
        ...(application !== undefined && { [storeMark.application]: JSON.stringify(application) }),
        [own.prune]: 'disabled',
        [own.reconcile]: 'disabled',
      },
    },
    type: `${ownPrefix}store`,
    ...((part === 'inventory' || part === 'history') && { immutable: true }),
    data: Object.fromEntries(
      Object.entries(data).map(([field, bytes]) => [field, Buffer.from(bytes).toString('base64')]),
    ),
  }
}

/** The object in a Secret, or in the metadata of one. Throws `STORE_TOO_NEW` and `STORE_DAMAGED`. */
export function objectIn(scope: StoreScope, secret: KubernetesObject): StoredObject {
  const { name, uid = '', resourceVersion = '' } = secret.metadata
  const format = wholeIn(annotationIn(secret, storeMark.format))
  if (format !== undefined && format > formatVersion) throw storeTooNew(scope, name)
  const part = partIn(secret)
  const epoch = epochIn(secret)
  const segment = labelIn(secret, storeMark.segment)
  if (format === undefined || part === undefined || epoch === undefined || uid === '') {
    throw storeDamaged(scope, name, segment, 'its labels or annotations are not those that were written')
  }
  const application = applicationIn(secret)
  const lease = annotationIn(secret, storeMark.lease)
  return {
    name,
    uid,
    resourceVersion,
    part,
    epoch,
    ...(lease !== undefined && { lease }),
    ...(segment !== undefined && { segment }),
    ...(application !== undefined && { application }),
    data: dataIn(secret),
  }
}

/** Under which epoch an object was written; undefined where that is not to be read any more. */
export const epochIn = (secret: KubernetesObject): number | undefined =>
  wholeIn(annotationIn(secret, storeMark.epoch))

/** What an object holds; undefined for what no store writes. */
export function partIn(secret: KubernetesObject): Part | undefined {
  const part = labelIn(secret, storeMark.part)
  return parts.find((one) => one === part)
}

const parts: readonly Part[] = ['installation', 'application', 'reserved', 'inventory', 'history']

const wholeIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

function applicationIn(secret: KubernetesObject): string | undefined {
  try {
    const name: unknown = JSON.parse(annotationIn(secret, storeMark.application) ?? '')
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}

function dataIn({ data }: KubernetesObject): StoredObject['data'] {
  if (!isRecord(data)) return {}
  const texts = Object.entries(data).filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  )
  return Object.fromEntries(texts.map(([field, text]) => [field, Buffer.from(text, 'base64')]))
}
