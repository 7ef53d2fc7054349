import { type Call, type Clock, isMooringError, type Observation, type ResourceKey } from '@mooring/core'
import type { Discovery } from '../discovery/discovery.ts'
import type { ResourceType } from '../discovery/resource-type.ts'
import { groupKindOf, partsOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api } from '../transport/api.ts'
import { inStep } from './in-step.ts'
import { createReads, type Reads } from './reads.ts'
import type { Records } from './records.ts'
import { refresh } from './refresh.ts'
import type { Subscribers } from './subscribers.ts'
import { createTroubles } from './troubles.ts'
import { observationOf, type View, viewOf as viewOfInstallation } from './view.ts'
import { type WatchSet, watchSet } from './watch-set.ts'

/** The live objects of one cluster, as all targets on it see them. */
export interface LiveObjects {
  readonly reads: Reads
  readonly observe: (
    keys: readonly ResourceKey[],
    call: Call & { readonly fresh?: boolean },
  ) => Promise<ReadonlyMap<ResourceKey, Observation>>
  /** A state that the API server answered to a write of ours: nothing older is shown after it. */
  readonly learn: (object: KubernetesObject, call: Call) => Observation
  /** The API server answered that this incarnation is gone. It was there in `version`. */
  readonly bury: (key: ResourceKey, uid: string | undefined, version?: string) => void
  /** What is known of the key without asking anybody; for comparisons, not for decisions. */
  readonly peek: (key: ResourceKey, call: Call) => Observation | undefined
  readonly forget: (keys: readonly ResourceKey[]) => void
  /** Tries broken watches again now. */
  readonly retry: () => void
  /** It is another cluster: everything that was seen was seen elsewhere. */
  readonly forgetAll: () => void
  readonly stop: (reason: unknown) => void
}

/** What live objects are read from. */
export interface LiveObjectsDeps {
  readonly api: Api
  readonly discovery: Discovery
  readonly clock: Clock
  readonly subscribers: Subscribers
  readonly staleMs: number
  /** The connection was lost, maybe for a moment only: it may lead to another cluster now. */
  readonly onLost: () => void
  /** Which objects are watched, and whose fields of them count. Default: those of the caller's installation. */
  readonly viewOf?: (call: Pick<Call, 'owner' | 'digest'>) => View
}

type ObserveCall = Call & { readonly fresh?: boolean }

/** Nothing is read and nothing watched before the first look. */
export function liveObjects(deps: LiveObjectsDeps): LiveObjects {
  const { api, discovery, viewOf = viewOfInstallation } = deps
  const ended = new AbortController()
  const reads = createReads(api, ended.signal)
  const troubles = createTroubles(api, deps.clock)
  const sets = new Map<string, WatchSet>()
  const setFor = (view: View): WatchSet => {
    const known = sets.get(view.id)
    if (known !== undefined) return known
    const made = watchSet({ ...deps, view, onObject: troubles.see, onGone: (key) => troubles.forget([key]) })
    sets.set(view.id, made)
    return made
  }
  const bringUpToDate = refreshes({ api, reads, signal: ended.signal })

  const observeType = async (
    type: ResourceType,
    keys: readonly ResourceKey[],
    call: ObserveCall,
    seen: Map<ResourceKey, Observation>,
  ): Promise<void> => {
    const view = viewOf(call)
    const watches = setFor(view)
    if (isWatchable(type)) {
      const namespaces = new Set(keys.map((key) => partsOf(key).namespace))
      // Who asks to look now is not answered with why it did not work a minute ago.
      if (call.fresh === true) watches.retry(type)
      const places = await watches.ready(type, namespaces, call.signal)
      const alone = type.namespaced && namespaces.size === 1 ? [...namespaces][0] : undefined
      if (call.fresh === true) {
        const asked = places.map(({ namespace, records }) =>
          bringUpToDate({ type, view, records, namespace: namespace ?? alone }),
        )
        await Promise.all(asked)
      }
    }
    call.signal.throwIfAborted()
    /** What no watch shows may exist all the same: without our label, or made a moment ago. */
    const confirm = async (key: ResourceKey): Promise<Observation | undefined> => {
      const object = await reads.read(type, key, call.signal)
      // A write may have been answered since the read began.
      return watches.get(type, key) ?? (object && observationOf(object, view))
    }
    const look = async (key: ResourceKey): Promise<void> => {
      const known = watches.get(type, key) ?? (await confirm(key))
      if (known !== undefined) seen.set(key, await troubles.explain(known, call.signal))
    }
    await Promise.all(keys.map(look))
  }
  const observeKind = async (
    groupKind: string,
    keys: readonly ResourceKey[],
    call: ObserveCall,
    seen: Map<ResourceKey, Observation>,
  ): Promise<void> => {
    const type = await discovery.typeOf(groupKind, call)
    // Of a kind that the API server does not know there is nothing.
    if (type === undefined) return
    try {
      await observeType(type, keys, call, seen)
    } catch (error) {
      if (!isMooringError(error) || error.code !== 'TYPE_NOT_SERVED') throw error
      await discovery.refresh(call)
      if ((await discovery.typeOf(groupKind, call)) !== undefined) throw error
      setFor(viewOf(call)).drop(type)
    }
  }

  return {
    reads,
    observe: async (keys, call) => {
      call.signal.throwIfAborted()
      const seen = new Map<ResourceKey, Observation>()
      const kinds = [...byType(keys)]
      await Promise.all(kinds.map(([groupKind, ofType]) => observeKind(groupKind, ofType, call, seen)))
      return seen
    },
    learn: (object, call) => {
      const view = viewOf(call)
      const observation = observationOf(object, view)
      troubles.see(object, observation)
      setFor(view).learn(observation, object)
      return observation
    },
    bury: (key, uid, version) => {
      troubles.forget([key])
      for (const set of sets.values()) set.bury(key, uid, version)
    },
    peek: (key, call) => setFor(viewOf(call)).peek(key),
    forget: (keys) => troubles.forget(keys),
    retry: () => {
      for (const set of sets.values()) set.retry()
    },
    forgetAll: () => {
      for (const set of sets.values()) set.stop()
      sets.clear()
    },
    stop: (reason) => {
      ended.abort(reason)
      for (const set of sets.values()) set.stop()
    },
  }
}

const isWatchable = ({ verbs }: ResourceType): boolean => verbs.includes('list') && verbs.includes('watch')

/** Brings records up to date for everybody who asks at the same time. */
function refreshes(shared: { readonly api: Api; readonly reads: Reads; readonly signal: AbortSignal }) {
  const runs = new WeakMap<Records, Map<string, () => Promise<void>>>()
  return (of: {
    readonly type: ResourceType
    readonly view: View
    readonly records: Records
    readonly namespace: string | undefined
  }): Promise<void> => {
    const { namespace, ...rest } = of
    const ofRecords = runs.get(of.records) ?? new Map<string, () => Promise<void>>()
    runs.set(of.records, ofRecords)
    const place = namespace === undefined ? {} : { namespace }
    const run = ofRecords.get(namespace ?? '') ?? inStep(() => refresh({ ...shared, ...rest, ...place }))
    ofRecords.set(namespace ?? '', run)
    return run()
  }
}

function byType(keys: readonly ResourceKey[]): ReadonlyMap<string, readonly ResourceKey[]> {
  const types = new Map<string, ResourceKey[]>()
  for (const key of keys) {
    const groupKind = groupKindOf(key)
    const known = types.get(groupKind)
    if (known === undefined) types.set(groupKind, [key])
    else known.push(key)
  }
  return types
}
