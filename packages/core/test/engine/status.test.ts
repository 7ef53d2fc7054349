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
