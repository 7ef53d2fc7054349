import type { Clock, Observation, ResourceKey } from '@mooring/core'
import { isMooringError } from '@mooring/core'
import type { ResourceType } from '../discovery/resource-type.ts'
import { groupKindOf, partsOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api } from '../transport/api.ts'
import type { Records } from './records.ts'
import type { Subscribers } from './subscribers.ts'
import { type TypeWatch, watchType } from './type-watch.ts'
import type { View } from './view.ts'

/** The watches of one installation: one for each resource type, or for each of its namespaces where more is not permitted. */
export interface WatchSet {
  /** Resolves, when all records in question can be vouched for, with those records. */
  readonly ready: (
    type: ResourceType,
    namespaces: ReadonlySet<string>,
    signal: AbortSignal,
  ) => Promise<readonly { readonly namespace?: string; readonly records: Records }[]>
  readonly get: (type: ResourceType, key: ResourceKey) => Observation | undefined
  readonly peek: (key: ResourceKey) => Observation | undefined
  readonly learn: (observation: Observation, object: KubernetesObject) => void
  readonly bury: (key: ResourceKey, uid: string | undefined, version: string | undefined) => void
  /** The kind is not served any more. */
  readonly drop: (type: ResourceType) => void
  /** Tries broken watches again now. */
  readonly retry: (type?: ResourceType) => void
  readonly stop: () => void
}

/** What a set of watches needs. */
export interface WatchSetDeps {
  readonly api: Api
  readonly clock: Clock
  readonly view: View
  readonly staleMs: number
  readonly subscribers: Subscribers
  readonly onObject: (object: KubernetesObject, observation: Observation) => void
  readonly onGone: (key: ResourceKey) => void
  /** The connection was lost, maybe for a moment only: it may lead elsewhere now. */
  readonly onLost: () => void
}

/** Watches are begun when they are first asked for. */
export function watchSet(deps: WatchSetDeps): WatchSet {
  // By group and kind, and by namespace below; '' stands for all namespaces.
  const watches = new Map<string, Map<string, TypeWatch>>()
  const narrowed = new Set<string>()

  const watchFor = (type: ResourceType, namespace: string): TypeWatch => {
    const name = `${type.group}/${type.kind}`
    const ofType = watches.get(name) ?? new Map<string, TypeWatch>()
    watches.set(name, ofType)
    const known = ofType.get(namespace)
    // A definition that changed its plural or its served versions is another thing to watch.
    if (known?.type.plural === type.plural && known.type.version === type.version) return known
    known?.stop()
    const made = watchType({
      ...deps,
      type,
      ...(namespace !== '' && { namespace }),
      onNews: deps.subscribers.tell,
      onTurn: deps.subscribers.tellAll,
    })
    ofType.set(namespace, made)
    return made
  }
  const everywhere = async (type: ResourceType, signal: AbortSignal) => {
    const watch = watchFor(type, '')
    await watch.ready(signal)
    return [{ records: watch.records }]
  }
  const placeOf = (groupKind: string, key: ResourceKey): TypeWatch | undefined =>
    watches.get(groupKind)?.get(narrowed.has(groupKind) ? partsOf(key).namespace : '')
  const all = (): readonly TypeWatch[] => [...watches.values()].flatMap((ofType) => [...ofType.values()])

  return {
    ready: async (type, namespaces, signal) => {
      const name = `${type.group}/${type.kind}`
      if (!narrowed.has(name)) {
        try {
          return await everywhere(type, signal)
        } catch (error) {
          if (!type.namespaced || !isMooringError(error) || error.code !== 'FORBIDDEN') throw error
          // Whoever may look into some namespaces only is watched for there.
          narrowed.add(name)
          watches.get(name)?.get('')?.stop()
          watches.get(name)?.delete('')
        }
      }
      const places = [...namespaces].map((namespace) => ({ namespace, watch: watchFor(type, namespace) }))
      await Promise.all(places.map(({ watch }) => watch.ready(signal)))
      return places.map(({ namespace, watch }) => ({ namespace, records: watch.records }))
    },
    get: ({ group, kind }, key) => placeOf(`${group}/${kind}`, key)?.records.get(key),
    peek: (key) => placeOf(groupKindOf(key), key)?.records.get(key),
    learn: (observation, { metadata }) => {
      const { key } = observation
      const records = placeOf(groupKindOf(key), key)?.records
      if (deps.view.selects(metadata.labels)) records?.learn(observation)
      else records?.leave(observation)
    },
    bury: (key, uid, version) => placeOf(groupKindOf(key), key)?.records.bury(key, uid, version),
    drop: ({ group, kind }) => {
      for (const watch of watches.get(`${group}/${kind}`)?.values() ?? []) watch.stop()
      watches.delete(`${group}/${kind}`)
    },
    retry: (type) => {
      const ofType = type && (watches.get(`${type.group}/${type.kind}`)?.values() ?? [])
      for (const watch of ofType ?? all()) watch.retry()
    },
    stop: () => {
      for (const watch of all()) watch.stop()
    },
  }
}
