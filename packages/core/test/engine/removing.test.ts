import { createEngine, defineApplication, jsonRenderer, lend } from '@mooring/core'
import type { MemoryManifest } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { gate, settled, whereDeleting, world } from './world.ts'

describe('a removal', () => {
  test('that was cut off goes on after a restart and brings nothing back', async () => {
    const { engine, clock, source, store, target, start } = world({
      source: lend,
      store: lend,
      target: (memory) =>
        lend({
          ...memory,
          apply: async (change, call) => {
            if (change.action !== 'delete' || change.key === 'a') return memory.apply(change, call)
            const observation = (await memory.observe([change.key], call)).get(change.key)
            return {
              outcome: 'changed',
              ...(observation && { observation: { ...observation, deleting: true } }),
            }
          },
        }),
    })
    await start()
    await settled(engine.remove('shop', { actor: 'ada', prune: true }), clock, 5_000)
    expect(target.live.list()).toEqual(['b'])
    await settled(engine.stop(), clock, 60_000)

    const next = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
    next.add(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target,
        sync: { prune: true },
      }),
    )
    await next.start()
    await clock.advance(10_000)
    expect(target.live.list()).not.toContain('a')
    await clock.advance(120_000)
    expect(target.live.list()).toEqual([])
    expect(next.applications()).toEqual([])
    expect(await store.list({ signal: AbortSignal.timeout(1_000) })).toEqual([])
    await next.stop()
  })

  test('that its caller gave up goes on to its end, and no sync is answered about what is gone', async () => {
    const { engine, clock, target, start } = world()
    await start()
    target.hangNext('apply')
    const removing = engine.remove('shop', { actor: 'ada', prune: true, timeoutMs: 100 })
    expect(await settled(removing, clock, 90_000)).toMatchObject({ error: { code: 'WAIT_TIMEOUT' } })
    await clock.advance(120_000)
    expect(engine.applications()).toEqual([])
    expect(target.live.list()).toEqual([])
    expect(await settled(engine.sync('shop', { actor: 'ci' }), clock, 60_000)).toMatchObject({
      error: { code: 'APPLICATION_UNKNOWN' },
    })
    await engine.stop()
  })

  test('that has resolved is followed by no write', async () => {
    const write = gate()
    let isRemoved = false
    const late: string[] = []
    const { engine, clock, start } = world({
      files: {
        'app/0.json': '{"id":"a"}',
        'app/1.json': '{"id":"a/b"}',
        'app/2.json': '{"id":"a/b/c"}',
      },
      target: (memory) => ({
        ...memory,
        apply: async (change, call) => {
          if (isRemoved) late.push(change.key)
          if (change.key === 'a') await write.pass
          return memory.apply(change, call)
        },
      }),
    })
    await start()
    const removing = engine.remove('shop', { actor: 'ada', prune: false }).then(() => {
      isRemoved = true
    })
    await clock.advance(10)
    write.open()
    await clock.advance(5_000)
    await removing
    await clock.advance(5_000)
    expect(late).toEqual([])
    await engine.stop()
  })

  test('that is taken back is told to who waits for it, and what was deleted by then comes back', async () => {
    let isGoing = true
    const { engine, clock, target, start } = world({
      target: (memory) => whereDeleting(memory, (key) => isGoing && key === 'a'),
    })
    await start()
    const removing = settled(engine.remove('shop', { actor: 'ada', prune: true }), clock, 5_000)
    await removing
    expect(target.live.list()).toEqual(['a'])
    const waiting = engine.remove('shop', { actor: 'ada', prune: true })
    await engine.keep('shop', { actor: 'bob', reason: 'wrong one' })
    isGoing = false
    expect(await settled(waiting, clock, 5_000)).toMatchObject({ error: { code: 'REMOVAL_TAKEN_BACK' } })
    expect(target.live.list().toSorted()).toEqual(['a', 'b'])
    expect(engine.applications()).toEqual(['shop'])
    const history = await engine.history('shop')
    expect(history.map(({ cause, actor, outcome }) => [cause, actor, outcome])).toContainEqual([
      'keep',
      'bob',
      'recorded',
    ])
    const synced = await settled(engine.sync('shop', { actor: 'ci' }), clock, 1_000)
    expect(synced).toMatchObject({ value: { outcome: 'synced' } })
    await engine.stop()
  })

  test('that nobody asked for cannot be taken back, and nothing is recorded of it', async () => {
    const { engine, clock, start } = world()
    await start()
    await engine.keep('shop', { actor: 'bob' })
    await clock.advance(1_000)
    expect(await engine.history('shop')).toHaveLength(1)
    await engine.stop()
  })
})
