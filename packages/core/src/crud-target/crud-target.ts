import PQueue from 'p-queue'
import { canonicalJson } from '../digest/canonical-json.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Change } from '../model/change.ts'
import type { Json } from '../model/json.ts'
import type { Desired, Health, Observation, ResourceKey } from '../model/resource.ts'
import type { Abortable, Call } from '../ports/call.ts'
import type { ApplyResult, Preview, Target } from '../ports/target.ts'
import { ownedFields } from './owned-fields.ts'
import { prepareByKey } from './prepare-by-key.ts'

/**
 * A system that is four calls. `Live` is what it gives back: the manifest's fields, and whatever it adds.
 *
 * What these functions throw becomes `TARGET_FAILED` and is tried again; throw a `MooringError` of kind `permanent` for
 * what no retry can mend.
 */
export interface CrudTargetOptions<Manifest, Live extends Manifest = Manifest> {
  readonly name: string
  /** What the keys are relative to, such as the base URL. Default: the name. Another identity is another target. */
  readonly identity?: string
  /** The stable name of a resource, known before it exists. */
  readonly key: (manifest: Manifest) => ResourceKey
  /** For people. Default: the key. */
  readonly label?: (manifest: Manifest) => string
  /** Undefined means that it does not exist; anything else that goes wrong must throw. */
  readonly read: (key: ResourceKey, options: Abortable) => Promise<Live | undefined>
  /** May give back what was made; else it is read. */
  readonly create: (manifest: Manifest, options: Abortable) => Promise<Live | void>
  /** `live` is what was read right before, for systems that want its version back. */
  readonly update: (manifest: Manifest, live: Live, options: Abortable) => Promise<Live | void>
  readonly delete: (key: ResourceKey, live: Live, options: Abortable) => Promise<void>
  /** All resources in one request, to spare one read for each. What is missing from it is read to make sure. */
  readonly list?: (options: Abortable) => Promise<readonly Live[]>
  /** Whether the live resource is what the manifest asks for. Default: every field of the manifest is there and equal. */
  readonly compare?: (manifest: Manifest, live: Live) => boolean
  /** Default: healthy as soon as it exists. */
  readonly health?: (live: Live) => Health
  /** Hides sensitive values in previews. Default: nothing is hidden. */
  readonly mask?: (resource: Manifest) => Json
}

/**
 * A complete target from four functions. Drift is seen in the fields the manifest sets; fields the system adds are its
 * own business. It carries no owner marks, so an existing resource is taken over only under `sync.ownership`.
 * Keeps the manifests of what is desired in memory, to know those fields.
 */
export function crudTarget<Manifest, Live extends Manifest = Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
): Target<Manifest> {
  const desired = new Map<ResourceKey, Manifest>()

  const observationOf = (key: ResourceKey, live: Live, call: Call, manifest = desired.get(key)): Observation => ({
    key,
    version: call.digest(canonicalJson(live)),
    fingerprint: fingerprint(options, manifest, live, call),
    health: options.health?.(live) ?? { state: 'healthy' },
  })
  const readBack = async (key: ResourceKey, given: Live | void, call: Call): Promise<Live> => {
    const live = given ?? (await options.read(key, call))
    if (live === undefined) throw conflict(key, 'to exist after the write', 'nothing')
    return live
  }
  const write = async (change: Change<Manifest>, live: Live | undefined, call: Call): Promise<ApplyResult> => {
    const { manifest } = change.desired as Desired<Manifest>
    const given = live === undefined ? await options.create(manifest, call) : await options.update(manifest, live, call)
    const after = await readBack(change.key, given, call)
    return { outcome: 'changed', observation: observationOf(change.key, after, call, manifest) }
  }

  return {
    name: options.name,
    supports: { marks: false, uids: false, versions: true, atomic: false, staleMs: 0 },
    identity: async () => options.identity ?? options.name,
    prepare: async (manifests, call) => {
      call.signal.throwIfAborted()
      const prepared = prepareByKey(options, manifests, call)
      for (const resource of prepared) desired.set(resource.key, resource.manifest)
      return { desired: prepared, waiting: [] }
    },
    observe: async (keys, call) => {
      call.signal.throwIfAborted()
      const live = await readAll(options, keys, call)
      return new Map([...live].map(([key, resource]) => [key, observationOf(key, resource, call)]))
    },
    preview: async (change, call) => {
      call.signal.throwIfAborted()
      return previewOf(options, change, await options.read(change.key, call))
    },
    apply: async (change, call) => {
      call.signal.throwIfAborted()
      const live = await options.read(change.key, call)
      expectUnchanged(change, live === undefined ? undefined : observationOf(change.key, live, call))
      switch (change.action) {
        case 'create':
        case 'update':
          return write(change, live, call)
        case 'replace':
          if (live !== undefined) await options.delete(change.key, live, call)
          return write(change, undefined, call)
        case 'release':
          return { outcome: 'unchanged' }
        case 'delete': {
          if (live !== undefined) await options.delete(change.key, live, call)
          const left = await options.read(change.key, call)
          if (left === undefined) return { outcome: 'changed' }
          return { outcome: 'changed', observation: { ...observationOf(change.key, left, call), deleting: true } }
        }
        default:
          return change.action satisfies never
      }
    },
    forget: keys => {
      for (const key of keys) desired.delete(key)
    },
    [Symbol.asyncDispose]: async () => desired.clear(),
  }
}

/** One digest over what we own: the fields the manifest sets, or the caller's own word for "as desired". */
function fingerprint<Manifest, Live extends Manifest>(
  { compare }: CrudTargetOptions<Manifest, Live>,
  manifest: Manifest | undefined,
  live: Live,
  call: Call,
): string {
  if (manifest === undefined) return call.digest(canonicalJson(live))
  if (compare === undefined) return call.digest(canonicalJson(ownedFields(manifest, live)))
  return compare(manifest, live) ? `as-desired:${call.digest(canonicalJson(manifest))}` : call.digest(canonicalJson(live))
}

const readsAtOnce = 8

async function readAll<Manifest, Live extends Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
  keys: readonly ResourceKey[],
  call: Call,
): Promise<ReadonlyMap<ResourceKey, Live>> {
  const found = new Map<ResourceKey, Live>()
  const wanted = new Set(keys)
  for (const live of (keys.length > 1 ? await options.list?.(call) : undefined) ?? []) {
    const key = options.key(live)
    if (wanted.has(key)) found.set(key, live)
  }
  const line = new PQueue({ concurrency: readsAtOnce })
  // A list may be cut short; that something does not exist is believed only of a look at that one thing.
  await line.addAll(
    keys
      .filter(key => !found.has(key))
      .map(key => async () => {
        call.signal.throwIfAborted()
        const live = await options.read(key, call)
        if (live !== undefined) found.set(key, live)
      }),
  )
  return found
}

function expectUnchanged<Manifest>(change: Change<Manifest>, now: Observation | undefined): void {
  if (change.expects.kind === 'absent') {
    if (now !== undefined) throw conflict(change.label, 'nothing', 'an existing resource')
  } else if (now === undefined) throw conflict(change.label, 'an existing resource', 'nothing')
  else if (change.expects.version !== undefined && change.expects.version !== now.version) {
    throw conflict(change.label, 'the resource as it was planned', 'one that was changed since')
  }
}

const conflict = (label: string, expected: string, found: string): MooringError =>
  new MooringError({
    code: 'EXPECTATION_NOT_MET',
    kind: 'conflict',
    message: `${label}: expected ${expected}, found ${found}`,
    hint: 'Nothing was changed; the engine looks again and plans anew.',
  })

function previewOf<Manifest, Live extends Manifest>(
  { mask }: CrudTargetOptions<Manifest, Live>,
  { desired, action }: Change<Manifest>,
  live: Live | undefined,
): Preview {
  const show = (resource: Manifest): Json => mask?.(resource) ?? (resource as Json)
  // Before shows the fields we own, so that what the system adds does not look like something we remove.
  const owned = (resource: Live): Manifest =>
    desired === undefined ? resource : (ownedFields(desired.manifest, resource) as Manifest)
  const after = action === 'release' ? live : desired?.manifest
  return {
    ...(live !== undefined && { before: show(owned(live)) }),
    ...(after !== undefined && { after: show(after) }),
  }
}
