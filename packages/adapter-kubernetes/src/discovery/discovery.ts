import { type Abortable, type Clock, isMooringError, MooringError, systemClock } from '@mooring/core'
import { groupOf, versionOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api } from '../transport/api.ts'
import { definedTypes } from './defined-types.ts'
import { fetchTypes, type ServedTypes } from './fetch-types.ts'
import type { ResourceType } from './resource-type.ts'
import { serverVersion } from './server-version.ts'
import { sharedRun } from './shared-run.ts'
import { type TypeIndex, typeIndex } from './type-index.ts'

/** A kind: in one version, or as `group/kind` (as `groupKindOf` gives it) in the version the server prefers. */
export type WantedType = string | { readonly apiVersion: string; readonly kind: string }

/** Finds resource types. */
export interface TypeLookup {
  /**
   * The type, or undefined if the server does not serve it, after one look whether it does by now. Throws
   * `DISCOVERY_INCOMPLETE` where that cannot be known, because the group's own API server does not answer.
   */
  readonly typeOf: (wanted: WantedType, options: Abortable) => Promise<ResourceType | undefined>
  /** The type in every version served, the preferred one first. Empty and throwing as `typeOf`. */
  readonly typesFor: (group: string, kind: string, options: Abortable) => Promise<readonly ResourceType[]>
}

/** The resource types of one cluster, as last seen; never older than `maxAgeMs`. */
export interface Discovery extends TypeLookup {
  /** Every type in every version, subresources left out. Groups that do not answer are missing: see `staleGroups`. */
  readonly all: (options: Abortable) => Promise<readonly ResourceType[]>
  /** The group versions, such as `metrics.k8s.io/v1beta1`, whose own API server does not answer. */
  readonly staleGroups: (options: Abortable) => Promise<readonly string[]>
  /** The server's `gitVersion`, such as `v1.36.3`. */
  readonly version: (options: Abortable) => Promise<string>
  /** Looks again, now: after a definition was established, or a 404 for a kind. Cheap if nothing changed. */
  readonly refresh: (options: Abortable) => Promise<void>
  /** A lookup that also knows what these CustomResourceDefinitions will define. What the server serves goes first. */
  readonly addDefinitions: (definitions: readonly KubernetesObject[]) => TypeLookup
}

/** How long discovery is good for. */
export interface DiscoveryOptions {
  /** After this it is looked at again. Default 600,000. */
  readonly maxAgeMs?: number
  /** Unknown kinds cause a look no more often than this. Default 5,000. */
  readonly unknownKindMs?: number
  readonly clock?: Clock
}

interface Held {
  readonly served: ServedTypes
  readonly index: TypeIndex
  readonly readAt: number
}

/** Asks nothing before it is asked. Callers at the same time share one look. */
export function createDiscovery(api: Api, options: DiscoveryOptions = {}): Discovery {
  const { maxAgeMs = 600_000, unknownKindMs = 5_000, clock = systemClock } = options
  let held: Held | undefined
  const look = sharedRun(async (signal) => {
    const readAt = clock.monotonic()
    const served = await fetchTypes(api, held?.served, signal)
    held = { served, index: held?.served === served ? held.index : typeIndex(served.types), readAt }
    return held
  })
  const ageOf = ({ readAt }: Held): number => clock.monotonic() - readAt

  const current = async ({ signal }: Abortable): Promise<Held> => {
    signal.throwIfAborted()
    return held !== undefined && ageOf(held) < maxAgeMs ? held : look.join(signal)
  }

  const typesAt = async (
    { group, version, kind }: KindParts,
    { signal }: Abortable,
  ): Promise<readonly ResourceType[]> => {
    const known = await current({ signal })
    const types = known.index(group, kind, version)
    if (types.length > 0) return types
    const newer = ageOf(known) < unknownKindMs ? known : await look.join(signal)
    const found = newer.index(group, kind, version)
    if (found.length === 0) refuseIfStale(newer.served.stale, { group, version, kind })
    return found
  }

  const lookup: TypeLookup = {
    typeOf: async (wanted, asked) => (await typesAt(kindPartsOf(wanted), asked))[0],
    typesFor: (group, kind, asked) => typesAt({ group, kind, version: undefined }, asked),
  }
  return {
    ...lookup,
    all: async (asked) => (await current(asked)).served.types,
    staleGroups: async (asked) => (await current(asked)).served.stale,
    version: serverVersion(api, clock, maxAgeMs),
    refresh: async ({ signal }) => {
      // One that is under way may have begun before what the caller knows of.
      await look.settled(signal)
      await look.join(signal)
    },
    addDefinitions: (definitions) => withDefinitions(lookup, definitions),
  }
}

interface KindParts {
  readonly group: string
  readonly kind: string
  /** Undefined: the preferred one. */
  readonly version: string | undefined
}

function kindPartsOf(wanted: WantedType): KindParts {
  if (typeof wanted !== 'string') {
    const { apiVersion, kind } = wanted
    return { group: groupOf(apiVersion), version: versionOf(apiVersion), kind }
  }
  const slash = wanted.indexOf('/')
  return { group: wanted.slice(0, Math.max(slash, 0)), version: undefined, kind: wanted.slice(slash + 1) }
}

/** "I could not look" never reads as "it is not there". */
function refuseIfStale(stale: readonly string[], { group, version, kind }: KindParts): void {
  const silent = stale.filter(
    (one) => groupOf(one) === group && (version === undefined || versionOf(one) === version),
  )
  if (silent.length === 0) return
  throw new MooringError({
    code: 'DISCOVERY_INCOMPLETE',
    kind: 'transient',
    message: `Expected to learn whether the cluster has the kind ${kind}, found that the API service of ${silent.join(', ')} does not answer`,
    hint: 'Run `kubectl get apiservices` and look at the service behind the one that is not available.',
  })
}

function withDefinitions(lookup: TypeLookup, definitions: readonly KubernetesObject[]): TypeLookup {
  const index = typeIndex(definitions.flatMap(definedTypes))
  const orDefined = async (wanted: KindParts, served: Promise<readonly ResourceType[]>) => {
    const defined = index(wanted.group, wanted.kind, wanted.version)
    // Where the definition is in hand, a group that does not answer is no reason to fail.
    const found = defined.length === 0 ? await served : await served.catch(orThrow)
    return found.length > 0 ? found : defined
  }
  const orThrow = (thrown: unknown): readonly ResourceType[] => {
    if (isMooringError(thrown) && thrown.code === 'DISCOVERY_INCOMPLETE') return []
    throw thrown
  }
  return {
    typeOf: async (wanted, asked) => {
      const served = lookup.typeOf(wanted, asked).then((type) => (type === undefined ? [] : [type]))
      return (await orDefined(kindPartsOf(wanted), served))[0]
    },
    typesFor: (group, kind, asked) =>
      orDefined({ group, kind, version: undefined }, lookup.typesFor(group, kind, asked)),
  }
}
