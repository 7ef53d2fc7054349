import {
  createEngine,
  defineApplication,
  jsonRenderer,
  MooringError,
  memoryStore,
  type Target,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, world } from './world.ts'

describe('metrics', () => {
  test('tell what is in line, what became of passes, and how long they waited and took', async () => {
    const { engine, clock, start, target } = world()
    expect(engine.metrics()).toMatchObject({ applications: 0, ready: 0, delayed: 0, running: 0, retries: 0 })
    await start()
    const quiet = engine.metrics()
    expect(quiet).toMatchObject({ applications: 1, ready: 0, running: 0, retries: 0 })
    expect(quiet.passes).toEqual({ rest: 1, wait: 0, retry: 0, replan: 0, stall: 0 })
    // The application and its source.
    expect(quiet.delayed).toBe(2)
    target.failNext('observe', new Error('unplugged'))
    await clock.advance(61_000)
    const after = engine.metrics()
    expect(after.passes).toMatchObject({ retry: 1 })
    expect(after.retries).toBe(1)
    expect(after.worked.count).toBeGreaterThan(quiet.worked.count)
    expect(after.worked.count).toBe(after.waited.count)
    await engine.stop()
  })

  test('count what a target is slow at as work, and what waits for a slot as waiting', async () => {
    const clock = simulatedClock()
    const plain = memoryTarget()
    const slow: Target<MemoryManifest> = {
      ...plain,
      observe: async (keys, call) => {
        await new Promise<void>((resolve) => clock.timer(2_000, resolve))
        return plain.observe(keys, call)
      },
    }
    const engine = createEngine({ store: memoryStore(), clock, installation: 'test', slots: 1 })
    const source = memorySource({ files: filesOf({ id: 'a' }), pollMs: 600_000 })
    for (const name of ['one', 'two'])
      engine.add(
        defineApplication({
          name,
          source,
          path: name === 'one' ? 'app' : 'none',
          renderer: jsonRenderer<MemoryManifest>(),
          target: slow,
          sync: { intervalMs: 600_000, allowEmpty: true },
        }),
      )
    await engine.start()
    await clock.advance(1_000)
    expect(engine.metrics()).toMatchObject({ running: 1, ready: 1, groups: [{ running: 0 }, { running: 1 }] })
    expect(engine.metrics().oldestReadyMs).toBeGreaterThan(900)
    await clock.advance(20_000)
    const { waited, worked, groups } = engine.metrics()
    expect(waited.maxMs).toBeGreaterThanOrEqual(2_000)
    expect(worked.maxMs).toBeGreaterThanOrEqual(2_000)
    expect(worked.buckets.find(({ atMostMs }) => atMostMs === 1_000)?.count).toBeLessThan(worked.count)
    expect(worked.buckets.at(-1)?.count).toBe(worked.count)
    expect(groups.map(({ group }) => group).toSorted()).toEqual(['memory', 'sources'])
    await engine.stop()
  })
})

describe('a target that asks to be left alone', () => {
  test('holds back every application that shares it, and no other', async () => {
    const clock = simulatedClock()
    const busy = { ...memoryTarget(), name: 'busy' }
    const other = { ...memoryTarget(), name: 'other' }
    const engine = createEngine({ store: memoryStore(), clock, installation: 'test', random: () => 0.5 })
    const source = memorySource({ files: filesOf({ id: 'a' }), pollMs: 1_000 })
    const begun: string[] = []
    engine.on('pass.started', ({ application }) => void begun.push(application))
    const at = { first: busy, second: busy, elsewhere: other }
    for (const [name, target] of Object.entries(at))
      engine.add(
        defineApplication({
          name,
          source,
          path: name === 'second' ? 'second' : 'app',
          renderer: jsonRenderer<MemoryManifest>(),
          target,
          sync: { intervalMs: 600_000, allowEmpty: true },
        }),
      )
    await engine.start()
    await clock.advance(5_000)
    begun.length = 0
    busy.failNext(
      'observe',
      new MooringError({
        code: 'TOO_MANY_REQUESTS',
        kind: 'transient',
        message: '429',
        retryAfterMs: 30_000,
      }),
    )
    const asked = engine.sync('first', { actor: 'ada' }).catch(() => undefined)
    await clock.advance(100)
    expect(begun).toEqual(['first'])
    source.commit({ ...filesOf({ id: 'a', size: 2 }), 'second/b.json': '{"id":"b"}' })
    await clock.advance(20_000)
    expect(begun.filter((name) => name !== 'elsewhere')).toEqual(['first'])
    expect(begun).toContain('elsewhere')
    expect(engine.metrics().groups.find(({ group }) => group === 'busy')?.slowedDown).toBe(1)
    await clock.advance(15_000)
    expect(new Set(begun)).toEqual(new Set(['first', 'elsewhere', 'second']))
    await engine.stop()
    await asked
  })
})
