// Measures passes over this many unchanged resources, alone in a process, and prints one line of JSON.
import { createEngine, defineApplication, lend, memoryStore, type Renderer } from '@mooring/core'
import {
  type MemoryManifest,
  memorySource,
  memoryTarget,
  simulatedClock,
  testCall,
} from '@mooring/core/testing'
import { median } from '../report.ts'

/** What one process found. */
export interface Size {
  readonly count: number
  /** Median time of a quiet pass, microseconds for each resource. */
  readonly passUs: number
  /** The same for the target's part of it alone: making the observations. */
  readonly observeUs: number
  /** Bytes the engine keeps for each resource, beside what store and target keep. */
  readonly engineBytes: number
}

const intervalMs = 1_000
const count = Number(process.argv[2])
const passes = Math.max(24, Math.ceil(400_000 / count))

const padding = 'deployment-in-some-namespace-of-production'
const keyOf = (at: number): string => `apps/${padding}/${String(at).padStart(12, '0')}`

const renderer: Renderer<MemoryManifest> = {
  name: 'many',
  digest: `many:${count}`,
  render: async ({ snapshot }, options) => {
    await snapshot.read('seed', options)
    return {
      manifests: Array.from({ length: count }, (_, at) => ({ manifest: { id: keyOf(at), size: at } })),
    }
  },
}

console.log(JSON.stringify(await measure()))

async function measure(): Promise<Size> {
  const clock = simulatedClock()
  const [source, target, store] = [
    memorySource({ files: { seed: '' }, pollMs: 1e9 }),
    memoryTarget(),
    memoryStore(),
  ]
  const seen = { passUs: [] as number[] }
  let engine: ReturnType<typeof createEngine> | undefined = createEngine({
    store: lend(store),
    clock,
    installation: 'bench',
    random: () => 0.5,
  })
  engine.add(
    defineApplication({
      name: 'bench',
      source: lend(source),
      path: '',
      renderer,
      target: lend(target),
      sync: { intervalMs },
    }),
  )
  let startedAt = 0
  engine.on('pass.started', () => {
    startedAt = performance.now()
  })
  engine.on('pass.finished', ({ changed }) => {
    if (changed === 0) seen.passUs.push(((performance.now() - startedAt) * 1_000) / count)
  })
  await engine.start()
  await clock.advance(10)
  while (seen.passUs.length < passes) await clock.advance(intervalMs)
  const { sync, resources } = await engine.status('bench')
  if (sync !== 'synced' || resources !== count)
    throw new Error(`Expected ${count} in sync, found ${resources} ${sync}`)

  const observeUs = await observing(target)
  const before = heapUsed()
  await engine.stop()
  engine = undefined
  await clock.advance(intervalMs)
  const engineBytes = (before - heapUsed()) / count
  // What stays is used after the measurement, or the collector would take it too.
  if (target.live.list().length !== count || store.supports.durable)
    throw new Error('the target lost something')
  return { count, passUs: median(seen.passUs.slice(passes / 2)), observeUs, engineBytes }
}

async function observing(target: ReturnType<typeof memoryTarget>): Promise<number> {
  const keys = target.live.list()
  const call = testCall()
  const times: number[] = []
  for (let at = 0; at < passes; at++) {
    const from = performance.now()
    await target.observe(keys, call)
    times.push(((performance.now() - from) * 1_000) / count)
  }
  return median(times.slice(passes / 2))
}

function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('Expected node --expose-gc')
  for (let at = 0; at < 4; at++) globalThis.gc()
  return process.memoryUsage().heapUsed
}
