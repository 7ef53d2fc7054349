import type { Call, Json } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'

/** Metadata that every write changes, or that says nothing about what was asked for. */
const bookkeeping: readonly string[] = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
]
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * An object as people compare it: without status and bookkeeping. Values of Secrets are replaced by a keyed digest, so
 * that a change shows and the value does not.
 */
export function forPeople(object: KubernetesObject, { digest }: Pick<Call, 'digest'>): Json {
  const { status: _, metadata, ...rest } = object
  const shown: Record<string, unknown> = {
    ...rest,
    metadata: Object.fromEntries(Object.entries(metadata).filter(([field]) => !bookkeeping.includes(field))),
  }
  if (isSecret(object)) {
    for (const field of ['data', 'stringData']) {
      if (shown[field] !== undefined) shown[field] = masked(shown[field], digest)
    }
    shown['metadata'] = withoutCopies(shown['metadata'] as Record<string, unknown>, digest)
  }
  return JSON.parse(JSON.stringify(shown)) as Json
}

const isSecret = ({ apiVersion, kind }: KubernetesObject): boolean => apiVersion === 'v1' && kind === 'Secret'

/** `kubectl apply` keeps a whole copy of the object in an annotation. */
function withoutCopies(metadata: Record<string, unknown>, digest: Call['digest']): Record<string, unknown> {
  const annotations = metadata['annotations'] as Record<string, string> | undefined
  const copy = annotations?.[lastApplied]
  if (copy === undefined) return metadata
  return { ...metadata, annotations: { ...annotations, [lastApplied]: mask(copy, digest) } }
}

const masked = (values: unknown, digest: Call['digest']): unknown =>
  typeof values === 'object' && values !== null
    ? Object.fromEntries(Object.entries(values).map(([name, value]) => [name, mask(value, digest)]))
    : mask(values, digest)

const mask = (value: unknown, digest: Call['digest']): string =>
  `masked, digest ${digest(JSON.stringify(value) ?? '').slice(0, 12)}`
