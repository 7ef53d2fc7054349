import type { Call, Located, Prepared } from '@mooring/core'
import type { Discovery } from './discovery/discovery.ts'
import type { ResourceType } from './discovery/resource-type.ts'
import type { Ignoring } from './ignore/ignore-rules.ts'
import type { KubernetesObject } from './objects/object.ts'
import { isRecord } from './objects/record.ts'
import { prepareObjects } from './prepare/prepare-objects.ts'
import type { Session } from './session.ts'

/**
 * `Target.prepare`: looks up the types of all manifests, each once, and prepares. What waits for a definition is told
 * when definitions change.
 */
export async function prepareForCluster(
  { discovery, awaitDefinitions }: Session,
  manifests: readonly Located<KubernetesObject>[],
  { namespace, ignoring }: { readonly namespace: string | undefined; readonly ignoring: Ignoring },
  call: Call,
): Promise<Prepared<KubernetesObject>> {
  call.signal.throwIfAborted()
  const types = await typesOf(discovery, manifests, call.signal)
  const { desired, waiting, skipped } = prepareObjects(manifests, {
    ...(namespace !== undefined && { namespace }),
    typeOf: (apiVersion, kind) => types.get(nameOf(apiVersion, kind)) ?? 'unknown',
    ignoring,
    call,
  })
  if (waiting.length > 0) awaitDefinitions()
  const coded = waiting.map((one) => ({ ...one, code: 'UNKNOWN_KIND' }))
  return { desired, waiting: coded, ...(skipped && { skipped }) }
}

async function typesOf(
  discovery: Discovery,
  manifests: readonly Located<KubernetesObject>[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ResourceType | undefined>> {
  const types = new Map<string, ResourceType | undefined>()
  for (const { manifest } of manifests) {
    // What transforms made of it may be anything; its shape is judged afterwards, with its place.
    if (!isRecord(manifest)) continue
    const { apiVersion, kind } = manifest
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') continue
    const name = nameOf(apiVersion, kind)
    if (!types.has(name)) types.set(name, await discovery.typeOf({ apiVersion, kind }, { signal }))
  }
  return types
}

const nameOf = (apiVersion: string, kind: string): string => `${apiVersion} ${kind}`
