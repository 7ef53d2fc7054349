import { type Call, type Change, isMooringError, type Preview, type Target } from '@mooring/core'
import { compareFingerprints } from './fingerprint/compare-fingerprints.ts'
import { type IgnoreRule, ignoring } from './ignore/ignore-rules.ts'
import type { Subscriber } from './live/subscribers.ts'
import { instantiate } from './objects/instantiate.ts'
import { placementOf } from './objects/key.ts'
import type { KubernetesObject } from './objects/object.ts'
import { orderOf } from './order/order-of.ts'
import { prepareForCluster } from './prepare-for-cluster.ts'
import type { Session } from './session.ts'
import { typeOfChange } from './type-of-change.ts'
import { applyChange } from './write/apply-change.ts'
import { bodyOf } from './write/body.ts'
import { explain } from './write/explain.ts'
import { forPeople } from './write/for-people.ts'
import { preview } from './write/preview.ts'
import type { Writer } from './write/writer.ts'

/** What is particular to one target on a cluster. */
export interface TargetOptions {
  /**
   * The namespace of namespaced objects that name none. Default: none, and such an object is an error: objects never land
   * in a namespace that nobody wrote down.
   */
  readonly namespace?: string
  /** What people read in plans and events. Default: the cluster's name, and the namespace where one is given. */
  readonly name?: string
  /**
   * Default none. Fields that are written when an object is made and left alone from then on. They stand on the objects as
   * the annotation `mooring.dev/ignore`, which a manifest may have of its own.
   */
  readonly ignore?: readonly IgnoreRule[]
}

/** What a target is made of. */
export interface TargetParts {
  readonly cluster: string
  readonly staleMs: number
  readonly options: TargetOptions
  readonly session: () => Session
  /** The target was disposed. */
  readonly leave: () => Promise<void>
}

/** A target over the shared session of its cluster. Made without I/O. Throws `INVALID_OPTION`. */
export function clusterTarget({
  cluster,
  staleMs,
  options,
  session,
  leave,
}: TargetParts): Target<KubernetesObject> {
  const { namespace } = options
  const prepared = { namespace, ignoring: ignoring(options.ignore) }
  let subscriber: Subscriber | undefined
  const subscription = (): Subscriber => (subscriber ??= session().subscribers.join())
  const writer = async (change: Change<KubernetesObject>, call: Call): Promise<Writer> => {
    call.signal.throwIfAborted()
    const { api, live, discovery } = session()
    return { api, live, change, call, type: await typeOfChange(discovery, change, call) }
  }
  /** Of a kind that the same plan defines first, a preview can only show what is asked for. */
  const previewOf = async (change: Change<KubernetesObject>, call: Call): Promise<Preview> => {
    try {
      return await preview(await writer(change, call))
    } catch (error) {
      const isUnserved = isMooringError(error) && error.code === 'TYPE_NOT_SERVED'
      if (!isUnserved || change.action !== 'create' || change.desired === undefined) throw error
      return { after: forPeople(bodyOf(change.desired.manifest, call.owner, change.key), call) }
    }
  }
  let isDisposed = false
  return {
    name: options.name ?? (namespace === undefined ? cluster : `${cluster}/${namespace}`),
    supports: { marks: true, uids: true, versions: true, merges: true, atomic: true, staleMs },
    identity: ({ signal }) => session().identity(signal),
    facts: ({ signal }) => session().facts(signal),
    prepare: (manifests, call) => prepareForCluster(session(), manifests, prepared, call),
    instantiate,
    order: orderOf,
    placeOf: placementOf,
    compare: compareFingerprints,
    observe: (keys, call) => {
      subscription().ask(keys)
      return session().live.observe(keys, call)
    },
    preview: (change, call) => previewOf(change, call),
    explain: async (change, call) => explain(await writer(change, call)),
    apply: async (change, call) => {
      const { owned } = session()
      try {
        return await applyChange(await writer(change, call))
      } finally {
        owned.wrote(call.owner)
      }
    },
    owned: async function* (call) {
      const { identity, owned } = session()
      await identity(call.signal)
      yield* await owned.of(call)
    },
    forget: (keys) => {
      if (subscriber === undefined || isDisposed) return
      subscriber.forget(keys)
      session().live.forget(keys)
    },
    watch: ({ signal }) => subscription().hints(signal),
    [Symbol.asyncDispose]: async () => {
      if (isDisposed) return
      isDisposed = true
      subscriber?.leave()
      await leave()
    },
  }
}
