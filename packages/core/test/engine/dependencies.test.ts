import { describe, expect, test } from 'vitest'
import { whereDeleting, world } from './world.ts'

describe('a delete', () => {
  test('waits while the delete of what depends on it takes its time', async () => {
    const asked: string[] = []
    const { engine, clock, source, start } = world({
      pollMs: 1_000,
      files: {
        'app/0.json': '{"id":"kind"}',
        'app/1.json': '{"id":"kind/instance"}',
        'app/2.json': '{"id":"y"}',
        'app/3.json': '{"id":"z"}',
      },
      target: (memory) =>
        whereDeleting(
          {
            ...memory,
            apply: async (change, call) => {
              if (change.action !== 'delete') return memory.apply(change, call)
              asked.push(change.key)
              const observation = (await memory.observe([change.key], call)).get(change.key)
              return {
                outcome: 'changed',
                ...(observation && { observation: { ...observation, deleting: true } }),
              }
            },
          },
          (key) => asked.includes(key),
        ),
    })
    await start()
    source.commit({ 'app/0.json': null, 'app/1.json': null })
    await clock.advance(30_000)
    expect(asked).toEqual(['kind/instance'])
    expect((await engine.status('shop')).sync).toBe('out-of-sync')
    await engine.stop()
  })
})

describe('a write', () => {
  test('waits while what it depends on is held', async () => {
    const { engine, clock, target, start } = world({
      manifests: [
        { id: 'db', mine: true },
        { id: 'web', traits: { dependsOn: ['db'] } },
      ],
    })
    target.live.put({ id: 'db', foreign: true })
    await start()
    await clock.advance(5_000)
    expect(target.live.list()).toEqual(['db'])
    await engine.stop()
  })

  test('waits while what it depends on is being deleted', async () => {
    let isDying = false
    const { engine, clock, source, target, start } = world({
      pollMs: 1_000,
      files: { 'app/0.json': '{"id":"space"}' },
      target: (memory) => whereDeleting(memory, (key) => isDying && key === 'space'),
    })
    await start()
    isDying = true
    source.commit({ 'app/1.json': '{"id":"space/web"}' })
    await clock.advance(10_000)
    expect(target.live.list()).toEqual(['space'])
    isDying = false
    await clock.advance(120_000)
    expect(target.live.list()).toEqual(['space', 'space/web'])
    await engine.stop()
  })
})
