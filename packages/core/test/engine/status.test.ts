import { describe, expect, test } from 'vitest'
import { whereDeleting, world } from './world.ts'

describe('status', () => {
  test('is out of sync while a desired resource is being deleted', async () => {
    let isDying = false
    const { engine, clock, start } = world({
      target: (memory) => whereDeleting(memory, (key) => isDying && key === 'a'),
    })
    await start()
    expect((await engine.status('shop')).sync).toBe('synced')
    isDying = true
    await clock.advance(120_000)
    expect((await engine.status('shop')).sync).toBe('out-of-sync')
    await engine.stop()
  })

  test('says beside unknown what the last look found, and when', async () => {
    const { engine, clock, target, start } = world()
    await start()
    const looked = clock.now()
    expect((await engine.status('shop')).lastKnown).toBeUndefined()
    await engine.suspend('shop', { actor: 'ada' })
    await clock.advance(86_400_000)
    const { sync, health, lastKnown, applied } = await engine.status('shop')
    expect([sync, health]).toEqual(['unknown', 'unknown'])
    expect(lastKnown).toMatchObject({ sync: 'synced', health: 'healthy', revision: { id: applied?.id } })
    expect(lastKnown?.at).toBeLessThanOrEqual(looked)
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(100)
    expect((await engine.status('shop')).lastKnown).toBeUndefined()
    target.failNext('observe', new Error('unplugged'), { times: 9 })
    await clock.advance(70_000)
    expect(await engine.status('shop')).toMatchObject({ sync: 'unknown', lastKnown: { sync: 'synced' } })
    await engine.stop()
  })

  test('is unknown for a suspended application that nobody looks at', async () => {
    const { engine, clock, target, start } = world()
    await start()
    await engine.suspend('shop', { actor: 'ada' })
    target.live.remove('a')
    await clock.advance(86_400_000)
    expect((await engine.status('shop')).sync).toBe('unknown')
    await engine.stop()
  })
})

describe('the history', () => {
  test('counts writes that changed nothing as no changes', async () => {
    const { engine, clock, target, start } = world()
    target.failNext('apply', new Error('connection reset'), { when: 'after', times: 2 })
    await start()
    await clock.advance(10_000)
    expect((await engine.history('shop'))[0]?.counts).toMatchObject({ updated: 0 })
    await engine.stop()
  })
})
