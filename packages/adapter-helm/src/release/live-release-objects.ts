import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import {
  keyOf,
  type LiveObjects,
  liveObjects,
  type ResourceType,
  type Session,
  type View,
} from '@mooring/adapter-kubernetes/parts'
import type { Call, Health, Observation, ResourceKey } from '@mooring/core'

/** An object of a release where it is, or would be, in the cluster. */
export interface PlacedObject {
  readonly key: ResourceKey
  readonly type: ResourceType
  /** With its namespace filled in. */
  readonly object: KubernetesObject
}

/** The live objects of releases, watched by the label that Helm puts on each. */
export interface ReleaseObjects {
  /** Objects with their places. Those of a kind that is not served are left out. */
  readonly place: (
    objects: readonly KubernetesObject[],
    namespace: string,
    signal: AbortSignal,
  ) => Promise<readonly PlacedObject[]>
  readonly live: LiveObjects
  readonly stop: (reason: unknown) => void
}

/** The label that Helm 3 and 4 put on every object of a release. */
export const managedByHelm: Readonly<Record<string, string>> = { 'app.kubernetes.io/managed-by': 'Helm' }

/** Nothing is watched before the first look. */
export function releaseObjects(
  session: Session,
  onNews: (keys: readonly ResourceKey[]) => void,
  onTurn: (reason: string) => void,
): ReleaseObjects {
  const { api, discovery, clock, staleMs } = session
  const live = liveObjects({
    api,
    discovery,
    clock,
    staleMs,
    viewOf: viewOfHelm,
    onLost: () => undefined,
    subscribers: { join: () => neverAsked(), tell: onNews, tellAll: onTurn },
  })
  return {
    live,
    place: async (objects, namespace, signal) => {
      const placed: PlacedObject[] = []
      for (const object of objects) {
        const type = await discovery.typeOf({ apiVersion: object.apiVersion, kind: object.kind }, { signal })
        if (type === undefined) continue
        const { namespace: _, ...metadata } = object.metadata
        const place = type.namespaced ? { namespace: object.metadata.namespace ?? namespace } : {}
        const whole = { ...object, metadata: { ...metadata, ...place } }
        placed.push({ key: keyOf(whole), type, object: whole })
      }
      return placed
    },
    stop: live.stop,
  }
}

/** Objects that carry Helm's label, and the fields that Helm applied: its field manager is `helm` since Helm 4. */
function viewOfHelm({ digest }: Pick<Call, 'digest'>): View {
  const [[name, value] = ['', '']] = Object.entries(managedByHelm)
  return {
    id: `helm ${digest('')}`,
    selector: `${name}=${value}`,
    selects: (labels) => labels?.[name] === value,
    manager: 'helm',
    digest,
  }
}

const neverAsked = () => ({
  ask: () => undefined,
  forget: () => undefined,
  hints: async function* () {},
  leave: () => undefined,
})

/** The worst health of some objects, with the reason of one of them. */
export function healthOfObjects(
  objects: readonly { readonly key: ResourceKey; readonly label: string }[],
  seen: ReadonlyMap<ResourceKey, Observation>,
): Health {
  const order = ['degraded', 'unknown', 'progressing', 'paused', 'healthy'] as const
  const all = objects.map(({ key, label }) => ({ label, health: seen.get(key)?.health ?? missing }))
  for (const state of order) {
    const found = all.find(({ health }) => health.state === state)
    if (found === undefined || state === 'healthy') continue
    const { message } = found.health
    return { state, message: `${found.label}${message === undefined ? ` is ${state}` : `: ${message}`}` }
  }
  return { state: 'healthy' }
}

const missing: Health = { state: 'progressing', message: 'it is not there' }
