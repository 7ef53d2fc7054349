import { expectLive } from '../adapter-parts/expect-live.ts'
import { type Naming, prepareByKey } from '../adapter-parts/prepare-by-key.ts'
import { canonicalJson } from '../digest/canonical-json.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Change } from '../model/change.ts'
import type { Json } from '../model/json.ts'
import type { Desired, Health, Observation, ResourceKey } from '../model/resource.ts'
import type { Placement } from '../model/scope.ts'
import type { Abortable, Call } from '../ports/call.ts'
import type { Target } from '../ports/target.ts'
import { fingerprintOf, isAsDesired, leavesOut } from './as-desired.ts'
import { previewChange } from './preview-change.ts'
import { readResource, readResources, recognised } from './read-resources.ts'

/**
 * A system that is four calls. `Live` is what it gives back: the manifest's fields, and whatever it adds.
 *
 * What these functions throw becomes `TARGET_FAILED` and is tried again; throw a `MooringError` of kind `permanent` for
 * what no retry can mend, and of kind `conflict` where the system itself refuses a write because somebody was faster.
 */
export interface CrudTargetOptions<Manifest, Live extends Manifest = Manifest> extends Naming<Manifest> {
  readonly name: string
  /** What the keys are relative to, such as the base URL. Default: the name. Another identity is another target. */
  readonly identity?: string
  /** Undefined means that it does not exist; anything else that goes wrong must throw. */
  readonly read: (key: ResourceKey, options: Abortable) => Promise<Live | undefined>
  /** May give back what was made; else it is read. */
  readonly create: (manifest: Manifest, options: Abortable) => Promise<Given<Live>>
  /** `live` is what was read right before, for systems that want its version back. */
  readonly update: (manifest: Manifest, live: Live, options: Abortable) => Promise<Given<Live>>
  /** `live` as for `update`. Whether it is gone is read afterwards. */
  readonly delete: (key: ResourceKey, live: Live, options: Abortable) => Promise<void>
  /**
   * All resources in few requests, each as complete as `read` gives it, to spare one read for each. What is missing from
   * it is read to make sure.
   */
  readonly list?: (options: Abortable) => Promise<readonly Live[]>
  /**
   * Another value means that something was written since. Default: a digest of everything that was read, so give it where
   * something in there changes by itself, such as a count of visits: else every write is a conflict.
   */
  readonly version?: (live: Live) => string
  /** Whether the live resource is what the manifest asks for. Default: every field of the manifest is there and equal. */
  readonly compare?: (manifest: Manifest, live: Live) => boolean
  /** Default: healthy as soon as it exists. */
  readonly health?: (live: Live) => Health
  /** What kind of resource a key is, and where. Default none: then no application can be limited by a scope. */
  readonly placeOf?: (key: ResourceKey) => Placement
  /** Hides sensitive values in previews, of manifests and of live resources. Default: nothing is hidden. */
  readonly mask?: (resource: Manifest) => Json
}

// biome-ignore lint/suspicious/noConfusingVoidType: a function that gives nothing back is one of the two
type Given<Live> = Live | void

/**
 * A complete target from four functions. Drift is seen in the fields the manifest sets; fields the system adds are its
 * own business. It carries no owner marks, so an existing resource is taken over only under `sync.ownership`.
 * Keeps the manifests of what it keeps in memory, to know those fields.
 *
 * Throws `INVALID_MANIFEST`, `EXPECTATION_NOT_MET`, `UNRECOGNISED_RESOURCE`, `WRITE_NOT_CONFIRMED`, and what the
 * functions throw.
 *
 * @example
 * ```ts
 * const notes = crudTarget<Note>({
 *   name: 'notes',
 *   key: (note) => note.id,
 *   read: (id, { signal }) => api.get(id, signal),
 *   create: (note, { signal }) => api.post(note, signal),
 *   update: (note, live, { signal }) => api.put(note, signal),
 *   delete: (id, live, { signal }) => api.delete(id, signal),
 * })
 * ```
 */
export function crudTarget<Manifest, Live extends Manifest = Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
): Target<Manifest> {
  // Whose fields are ours: those of the manifest applied last, or until one is, of the first that was prepared.
  const owning = new Map<ResourceKey, Manifest>()
  const applied = new Set<ResourceKey>()
  const observationOf = (key: ResourceKey, live: Live, call: Call): Observation => ({
    key,
    version: options.version?.(live) ?? call.digest(canonicalJson(live)),
    fingerprint: fingerprintOf(options, owning.get(key), live, call),
    health: options.health?.(live) ?? { state: 'healthy' },
  })

  return {
    name: options.name,
    supports: { marks: false, uids: false, versions: true, atomic: false, staleMs: 0 },
    identity: async ({ signal }) => {
      signal.throwIfAborted()
      return options.identity ?? options.name
    },
    prepare: async (manifests, call) => {
      const prepared = prepareByKey(options, manifests, call)
      for (const { key, manifest } of prepared.desired) if (!owning.has(key)) owning.set(key, manifest)
      return prepared
    },
    observe: async (keys, call) => {
      const live = await readResources(options, keys, call)
      return new Map([...live].map(([key, resource]) => [key, observationOf(key, resource, call)]))
    },
    ...(options.placeOf && { placeOf: options.placeOf }),
    // A fingerprint depends on which fields are ours. Before another one is called drift, the manifest is compared.
    compare: (recorded, observed) => (recorded.fingerprint === observed.fingerprint ? 'same' : 'verify'),
    preview: async (change, call) =>
      previewChange(options, change, owning.get(change.key), await readResource(options, change.key, call)),
    apply: async (change, call) => {
      const live = await readResource(options, change.key, call)
      expectLive(change, live && observationOf(change.key, live, call))
      call.signal.throwIfAborted()
      const before = applied.has(change.key) ? owning.get(change.key) : undefined
      const { changed, left } = await carryOut(options, change, before, live, call)
      if (change.desired !== undefined) {
        owning.set(change.key, change.desired.manifest)
        applied.add(change.key)
      } else if (left === undefined) {
        owning.delete(change.key)
        applied.delete(change.key)
      }
      const outcome = changed ? 'changed' : 'unchanged'
      if (left === undefined) return { outcome }
      const observation = observationOf(change.key, left, call)
      return {
        outcome,
        observation: change.action === 'delete' ? { ...observation, deleting: true } : observation,
      }
    },
    [Symbol.asyncDispose]: async () => {
      owning.clear()
      applied.clear()
    },
  }
}

/** Does what a change says. Gives whether that took a write, and what is live now. */
async function carryOut<Manifest, Live extends Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
  { key, label, action, reason, desired }: Change<Manifest>,
  applied: Manifest | undefined,
  live: Live | undefined,
  call: Call,
): Promise<{ readonly changed: boolean; readonly left: Live | undefined }> {
  const readBack = async (given: Given<Live>): Promise<Live> => {
    const after = given ?? (await options.read(key, call))
    if (after === undefined) throw notConfirmed(label)
    return recognised(options, key, after)
  }
  switch (action) {
    case 'create':
    case 'update': {
      const { manifest } = desired as Desired<Manifest>
      if (live === undefined)
        return { changed: true, left: await readBack(await options.create(manifest, call)) }
      // Another manifest than before may leave something out, which only the system itself can take away.
      const isAnother = reason === 'changed' || reason === 'unsettled'
      const mayLeaveOut = isAnother && (applied === undefined || leavesOut(applied, manifest, live))
      if (!mayLeaveOut && isAsDesired(options, manifest, live)) return { changed: false, left: live }
      return { changed: true, left: await readBack(await options.update(manifest, live, call)) }
    }
    case 'replace': {
      const { manifest } = desired as Desired<Manifest>
      if (live !== undefined) await options.delete(key, live, call)
      return { changed: true, left: await readBack(await options.create(manifest, call)) }
    }
    case 'delete':
      if (live !== undefined) await options.delete(key, live, call)
      return { changed: live !== undefined, left: await readResource(options, key, call) }
    case 'release':
      return { changed: false, left: live }
    default:
      return action satisfies never
  }
}

const notConfirmed = (label: string): MooringError =>
  new MooringError({
    code: 'WRITE_NOT_CONFIRMED',
    kind: 'transient',
    message: `${label}: expected to read what was just written, found nothing`,
    hint: 'The engine looks again. If this stays, reading does not see what was written: it goes through a cache, or to a replica.',
  })
