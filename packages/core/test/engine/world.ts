import {
  createEngine,
  defineApplication,
  type EngineEvent,
  jsonRenderer,
  memoryStore,
  type SyncPolicy,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'

/** Files of a memory source, one for each manifest. */
export const filesOf = (...manifests: readonly MemoryManifest[]): Record<string, string> =>
  Object.fromEntries(manifests.map((manifest) => [`app/${manifest.id}.json`, JSON.stringify(manifest)]))

/** An engine over memory adapters on a simulated clock, with everything it told. */
export function world(
  options: { readonly sync?: Partial<SyncPolicy>; readonly manifests?: readonly MemoryManifest[] } = {},
) {
  const clock = simulatedClock()
  const source = memorySource({
    pollMs: 10_000,
    files: filesOf(...(options.manifests ?? [{ id: 'a' }, { id: 'b' }])),
  })
  const target = memoryTarget()
  const store = memoryStore()
  const engine = createEngine({ store, clock, installation: 'test', random: () => 0.5 })
  const told: EngineEvent[] = []
  const types = [
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
  ] as const
  for (const type of types) engine.on(type, (event) => void told.push({ type, ...event } as EngineEvent))
  const application = (name = 'shop', sync: Partial<SyncPolicy> = {}) =>
    defineApplication({
      name,
      source,
      path: 'app',
      renderer: jsonRenderer<MemoryManifest>(),
      target,
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
