import type { Change } from '../../model/change.ts'
import type { Json } from '../../model/json.ts'
import type { Desired, Health, Observation, ResourceKey } from '../../model/resource.ts'
import type { Placement } from '../../model/scope.ts'
import type { Call } from '../../ports/call.ts'
import type { TargetFacts } from '../../ports/renderer.ts'
import type { Capabilities, Dependency, Orderable, Preview, Target, WatchHint } from '../../ports/target.ts'
import { createFaults, type FaultInjection, type Faults } from '../faults.ts'
import { applyInMemory, refuseFixed, sameOwner } from './apply-in-memory.ts'
import {
  createWorld,
  fingerprintOf,
  type LiveRecord,
  type MemoryLive,
  type MemoryWorld,
} from './memory-live.ts'
import { type MemoryManifest, traitsOf } from './memory-manifest.ts'
import { prepareInMemory } from './prepare-in-memory.ts'

/** How a {@link memoryTarget} is made. */
export interface MemoryTargetOptions {
  /** Default `memory`. */
  readonly name?: string
  /** Default `memory:` and the name. Two targets with one identity claim to be one system. */
  readonly identity?: string
  /** What it can do less than everything. What is false here is left out of observations and not checked. */
  readonly supports?: Partial<Capabilities>
  /** Default healthy. The health of every new resource. */
  readonly health?: Health
  /** Default none: the target has no `facts`. */
  readonly facts?: TargetFacts
  /** The system of another memory target. Default a new one without resources. */
  readonly live?: MemoryLive
}

/** The methods of a memory target that can be made to fail. */
export type MemoryTargetMethod = (typeof methods)[number]

/** A target over a Map, with the means to play the rest of the world. */
export interface MemoryTarget<Manifest extends MemoryManifest = MemoryManifest>
  extends Target<Manifest>,
    FaultInjection<MemoryTargetMethod> {
  readonly watch: NonNullable<Target<Manifest>['watch']>
  readonly order: NonNullable<Target<Manifest>['order']>
  /** The system itself, as other people see and change it. */
  readonly live: MemoryLive
  /** Sets the health of a live resource and tells watches. It stays until it is set again or the resource is gone. */
  readonly setHealth: (id: ResourceKey, health: Health) => void
}

/**
 * A target over a Map, complete in every respect: marks, uids, versions, expectations checked with the write, nothing
 * stale. For tests of engines, renderers and policies, and the simplest adapter there is to read.
 *
 * Throws `EXPECTATION_NOT_MET`, `IMMUTABLE_FIELD` and `INVALID_MANIFEST`.
 *
 * @example
 * ```ts
 * const target = memoryTarget()
 * engine.add(defineApplication({ name: 'shop', source, path: '', renderer: jsonRenderer(), target }))
 * await engine.sync('shop')
 * target.live.edit('web', { image: 'somebody-else' })    // drift, and a hint to look again
 * target.failNext('apply', new Error('no route to host'))
 * ```
 */
export function memoryTarget<Manifest extends MemoryManifest = MemoryManifest>(
  options: MemoryTargetOptions = {},
): MemoryTarget<Manifest> {
  const { name = 'memory', identity = `memory:${name}`, facts } = options
  const supports: Capabilities = { ...everything, ...options.supports }
  const world = (options.live as MemoryWorld | undefined) ?? createWorld(options.health)
  const faults = createFaults(methods)
  const seen = (record: LiveRecord, call: Call) => observationOf(record, supports, call)

  const target: MemoryTarget = {
    name,
    supports,
    identity: ({ signal }) => faults.run('identity', signal, () => identity),
    ...(facts && { facts: ({ signal }) => faults.run('facts', signal, () => facts) }),
    prepare: (manifests, call) =>
      faults.run('prepare', call.signal, () => prepareInMemory(world, manifests, call)),
    instantiate: instanceInMemory,
    order: orderByPath,
    placeOf: placementOf,
    observe: (keys, call) =>
      faults.run('observe', call.signal, () => observeAll(world, keys, supports, call)),
    preview: (change, { signal }) => faults.run('preview', signal, () => previewOf(world, change)),
    apply: (change, call) =>
      faults.run('apply', call.signal, () => {
        const { outcome, record } = applyInMemory(world, change, supports, call.owner)
        return record === undefined ? { outcome } : { outcome, observation: seen(record, call) }
      }),
    ...(supports.marks && { owned: (call) => ownedBy(world, faults, call, seen) }),
    watch: ({ signal }) => hintsOf(world, faults, signal),
    live: world,
    setHealth: world.setHealth,
    failNext: faults.failNext,
    hangNext: faults.hangNext,
    calls: faults.calls,
    async [Symbol.asyncDispose]() {},
  }
  // Whoever names a narrower manifest vouches for it: nothing but what `MemoryManifest` names is looked at.
  return target as unknown as MemoryTarget<Manifest>
}

const methods = ['identity', 'facts', 'prepare', 'observe', 'preview', 'apply', 'owned', 'watch'] as const

const everything: Capabilities = { marks: true, uids: true, versions: true, atomic: true, staleMs: 0 }

function observeAll(
  world: MemoryWorld,
  keys: readonly ResourceKey[],
  supports: Capabilities,
  call: Call,
): ReadonlyMap<ResourceKey, Observation> {
  const observed = new Map<ResourceKey, Observation>()
  for (const key of keys) {
    const record = world.records.get(key)
    if (record !== undefined) observed.set(key, observationOf(record, supports, call))
  }
  return observed
}

function observationOf(record: LiveRecord, supports: Capabilities, { digest }: Call): Observation {
  const { manifest, uid, version, owner, health, deleting } = record
  const fingerprint = fingerprintOf(record, digest)
  const { marks, uids, versions } = supports
  // One literal for what nearly every resource is: a pass looks at a hundred thousand of them.
  if (
    marks &&
    uids &&
    versions &&
    owner !== undefined &&
    manifest.traits === undefined &&
    deleting !== true
  ) {
    return { key: manifest.id, uid, version, fingerprint, health, owner }
  }
  return {
    key: manifest.id,
    fingerprint,
    health,
    ...(uids && { uid }),
    ...(versions && { version }),
    ...(marks && owner !== undefined && { owner }),
    ...(manifest.traits !== undefined && { traits: traitsOf(manifest) }),
    ...(deleting === true && { deleting }),
  }
}

/** The instance of a hook: its id with the operation, and without what makes it a hook. */
function instanceInMemory(desired: Desired<MemoryManifest>, operation: string): Desired<MemoryManifest> {
  const { hook: _, ...traits } = desired.traits
  const { traits: __, ...content } = desired.manifest
  const id = `${desired.key}-${operation}`
  return { ...desired, key: id, label: id, manifest: { ...content, id }, traits }
}

/** The nearest resource above in the hierarchy of ids comes first. */
/** Its namespace is what stands before the last slash; an id without a slash is in none. */
function placementOf(id: ResourceKey): Placement {
  const slash = id.lastIndexOf('/')
  return { kind: 'resource', ...(slash > 0 && { namespace: id.slice(0, slash) }) }
}

function orderByPath(resources: readonly Orderable[]): readonly Dependency[] {
  const keys = new Set(resources.map(({ key }) => key))
  const dependencies: Dependency[] = []
  for (const after of keys) {
    let end = after.lastIndexOf('/')
    while (end > 0 && !keys.has(after.slice(0, end))) end = after.lastIndexOf('/', end - 1)
    if (end > 0) dependencies.push({ before: after.slice(0, end), after })
  }
  return dependencies
}

function previewOf(world: MemoryWorld, change: Change<MemoryManifest>): Preview {
  const { key, action, desired } = change
  const before = world.records.get(key)?.manifest
  refuseFixed(change, before)
  const after = action === 'delete' ? undefined : action === 'release' ? before : desired?.manifest
  const secretChanges = JSON.stringify(before?.secret) !== JSON.stringify(after?.secret)
  return {
    ...(before && { before: masked(before, '***') }),
    ...(after && { after: masked(after, secretChanges ? '*** (changed)' : '***') }),
  }
}

function masked(manifest: MemoryManifest, mask: string): Json {
  return manifest.secret === undefined ? manifest : { ...manifest, secret: mask }
}

async function* ownedBy(
  world: MemoryWorld,
  faults: Faults<MemoryTargetMethod>,
  call: Call,
  seen: (record: LiveRecord, call: Call) => Observation,
): AsyncIterable<Observation> {
  const records = await faults.run('owned', call.signal, () => [...world.records.values()])
  for (const record of records) {
    call.signal.throwIfAborted()
    if (record.owner !== undefined && sameOwner(record.owner, call.owner)) yield seen(record, call)
  }
}

/** Ends on abort. Ids that change while nobody asks for the next hint come in one hint. */
async function* hintsOf(
  world: MemoryWorld,
  faults: Faults<MemoryTargetMethod>,
  signal: AbortSignal,
): AsyncIterable<WatchHint> {
  const changed = new Set<ResourceKey>()
  let wake: () => void = () => {}
  const unlisten = world.listen((id) => {
    changed.add(id)
    wake()
  })
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)
  try {
    await faults.run('watch', signal, () => undefined)
    while (!signal.aborted) {
      if (changed.size === 0) await new Promise<void>((resolve) => (wake = resolve))
      if (signal.aborted) return
      const keys = [...changed]
      changed.clear()
      yield { keys }
    }
  } finally {
    unlisten()
    signal.removeEventListener('abort', onAbort)
  }
}
