import {
  createEngine,
  defineApplication,
  type EngineEvent,
  type Hooks,
  jsonRenderer,
  memoryStore,
  type Renderer,
  type Source,
  type Store,
  type SyncPolicy,
  type Target,
} from '@mooring/core'
import {
  type FileChanges,
  type MemoryManifest,
  type MemoryTargetOptions,
  memorySource,
  memoryTarget,
  type SimulatedClock,
  simulatedClock,
} from '@mooring/core/testing'

/** Files of a memory source, one for each manifest. */
export const filesOf = (...manifests: readonly MemoryManifest[]): Record<string, string> =>
  Object.fromEntries(manifests.map((manifest) => [`app/${manifest.id}.json`, JSON.stringify(manifest)]))

/** Changes that take the files of these manifests away. */
export const without = (...manifests: readonly MemoryManifest[]): FileChanges =>
  Object.fromEntries(manifests.map(({ id }) => [`app/${id}.json`, null]))

/** Manifests `<prefix>0` to `<prefix><count - 1>`. */
export const manifestsOf = (count: number, prefix = 'r'): readonly MemoryManifest[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}` }))

/** How a promise has settled after that much time; undefined when it has not. */
export async function settled<Value>(
  promise: Promise<Value>,
  clock: SimulatedClock,
  ms: number,
): Promise<{ readonly value: Value } | { readonly error: unknown } | undefined> {
  let result: { readonly value: Value } | { readonly error: unknown } | undefined
  void promise.then(
    (value) => {
      result = { value }
    },
    (error: unknown) => {
      result = { error }
    },
  )
  await clock.advance(ms)
  return result
}

/** A place to wait at while it is shut. */
export function gate(): { readonly pass: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { pass: promise, open: resolve }
}

/** The target, on which these resources look as if they were on their way out. */
export const whereDeleting = (
  target: Target<MemoryManifest>,
  isDeleting: (key: string) => boolean,
): Target<MemoryManifest> => ({
  ...target,
  observe: async (keys, call) =>
    new Map(
      [...(await target.observe(keys, call))].map(([key, seen]) => [
        key,
        isDeleting(key) ? { ...seen, deleting: true } : seen,
      ]),
    ),
})

/** What an engine is built from, where it is not the plain memory adapter. */
export interface WorldOptions {
  readonly sync?: Partial<SyncPolicy>
  readonly manifests?: readonly MemoryManifest[]
  readonly hooks?: Hooks
  /** In place of one file for each manifest. */
  readonly files?: Record<string, string>
  readonly pollMs?: number
  readonly memoryTarget?: MemoryTargetOptions
  /** Each puts something between the engine and the memory adapter. */
  readonly source?: (memory: Source) => Source
  readonly target?: (memory: Target<MemoryManifest>) => Target<MemoryManifest>
  readonly store?: (memory: Store) => Store
  readonly renderer?: Renderer<MemoryManifest>
}

/** An engine over memory adapters on a simulated clock, with everything it told. */
export function world(options: WorldOptions = {}) {
  const clock = simulatedClock()
  const source = memorySource({
    pollMs: options.pollMs ?? 10_000,
    files: options.files ?? filesOf(...(options.manifests ?? [{ id: 'a' }, { id: 'b' }])),
  })
  const target = memoryTarget(options.memoryTarget)
  const store = memoryStore()
  const usedSource = options.source?.(source) ?? source
  const usedTarget = options.target?.(target) ?? target
  const usedStore = options.store?.(store) ?? store
  const engine = createEngine({ store: usedStore, clock, installation: 'test', random: () => 0.5 })
  const told: EngineEvent[] = []
  const types = [
    'manifest.skipped',
    'plan.made',
    'change.applied',
    'change.failed',
    'change.held',
    'operation.started',
    'operation.finished',
    'drift.found',
    'drift.contested',
    'pass.started',
    'pass.finished',
    'source.failed',
    'source.resolved',
    'health.changed',
    'listener.failed',
    'hook.started',
    'hook.finished',
    'hook.removed',
  ] as const
  for (const type of types) engine.on(type, (event) => void told.push({ type, ...event } as EngineEvent))
  const application = (name = 'shop', sync: Partial<SyncPolicy> = {}) =>
    defineApplication({
      name,
      source: usedSource,
      path: 'app',
      renderer: options.renderer ?? jsonRenderer<MemoryManifest>(),
      target: usedTarget,
      ...(options.hooks && { hooks: options.hooks }),
      sync: { intervalMs: 60_000, prune: true, ...options.sync, ...sync },
    })
  return {
    clock,
    source,
    target,
    store,
    engine,
    told,
    application,
    /** Events of these types since the last call, by name. */
    sequence: (...only: readonly string[]): readonly string[] => {
      const names = told.map((event) => event.type).filter((type) => only.length === 0 || only.includes(type))
      told.length = 0
      return names
    },
    start: async (): Promise<void> => {
      engine.add(application())
      await engine.start()
      await clock.advance(100)
    },
  }
}
