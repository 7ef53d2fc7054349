import {
  createEngine,
  defineApplication,
  jsonRenderer,
  type MooringError,
  memoryStore,
  type Target,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { expect, test } from 'vitest'
import { filesOf } from './world.ts'

/** A target on which writes of `slow` go on until somebody ends them, well or with an error. */
function slowTarget() {
  const inner = memoryTarget()
  const begun: string[] = []
  let job: { end: () => void; ended: boolean; error?: MooringError | Error } | undefined
  const target: Target<MemoryManifest> = {
    ...inner,
    apply: async (change, call) => {
      if (change.key !== 'slow') return inner.apply(change, call)
      if (job === undefined) {
        begun.push(change.action)
        const { promise, resolve } = Promise.withResolvers<void>()
        job = { end: resolve, ended: false }
        return { outcome: 'under-way', ended: promise }
      }
      const { error } = job
      job = undefined
      if (error !== undefined) throw error
      return inner.apply(change, call)
    },
  }
  const end = (error?: Error): void => {
    if (job === undefined) throw new Error('Nothing is under way')
    if (error !== undefined) job.error = error
    job.end()
  }
  return { inner, target, begun, end }
}

async function running(manifests: readonly MemoryManifest[]) {
  const slow = slowTarget()
  const clock = simulatedClock()
  const source = memorySource({ pollMs: 1000, files: filesOf(...manifests) })
  const engine = createEngine({ store: memoryStore(), clock, installation: 'test', random: () => 0.5 })
  const renderer = jsonRenderer<MemoryManifest>()
  engine.add(
    defineApplication({
      name: 'shop',
      source,
      path: 'app',
      renderer,
      target: slow.target,
      sync: { prune: true },
    }),
  )
  const seen: string[] = []
  engine.on('change.applied', ({ change }) => void seen.push(`applied ${change.label}`))
  engine.on('change.failed', ({ change }) => void seen.push(`failed ${change.label}`))
  engine.on('operation.finished', ({ outcome }) => void seen.push(outcome))
  await engine.start()
  await clock.advance(100)
  return { ...slow, clock, source, engine, seen }
}

test('a write under way holds no worker, starts no second one, and wakes the pass when it ends', async () => {
  const { clock, engine, seen, begun, end, inner } = await running([{ id: 'slow' }, { id: 'quick' }])
  expect(seen).toEqual(['applied quick'])
  await clock.advance(120_000)
  expect(begun).toEqual(['create'])
  expect(seen).toEqual(['applied quick'])
  end()
  await clock.advance(10)
  expect(seen).toEqual(['applied quick', 'applied slow', 'synced'])
  expect(inner.live.list()).toContain('slow')
  await engine.stop()
})

test('what depends on a write under way waits for its end', async () => {
  const manifests = [{ id: 'slow' }, { id: 'slow/after' }]
  const { clock, engine, seen, end } = await running(manifests)
  await clock.advance(60_000)
  expect(seen).toEqual([])
  end()
  await clock.advance(10_000)
  expect(seen).toEqual(['applied slow', 'applied slow/after', 'synced'])
  await engine.stop()
})

test('a write under way that ends badly fails like any other', async () => {
  const { clock, engine, seen, end } = await running([{ id: 'slow' }])
  end(new Error('it did not work'))
  await clock.advance(10)
  expect(seen).toEqual(['failed slow'])
  await engine.stop()
})

test('an operation whose write is under way ends at its deadline, and nothing is pruned meanwhile', async () => {
  const { clock, engine, seen, source, end, inner } = await running([{ id: 'old' }, { id: 'slow' }])
  end()
  await clock.advance(1000)
  source.commit({ 'app/old.json': null, ...filesOf({ id: 'slow', size: 2 }) })
  await clock.advance(700_000)
  expect(seen.at(-1)).toBe('timed-out')
  expect(inner.live.list()).toContain('old')
  await engine.stop()
})
