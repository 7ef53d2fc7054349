import { describe, expect, test } from 'vitest'
import { filesOf, manifestsOf, without, world } from './world.ts'

describe('the prune budget', () => {
  test('goes on holding when the commit that deletes also creates', async () => {
    const old = manifestsOf(8)
    const { engine, clock, source, target, start } = world({ manifests: old })
    await start()
    source.commit({ ...without(...old), ...filesOf(...manifestsOf(24, 'n')) })
    await clock.advance(11_000)
    expect((await engine.status('shop')).holds[0]?.code).toBe('PRUNE_BUDGET')
    await clock.advance(120_000)
    expect(target.live.list().filter((key) => key.startsWith('r'))).toHaveLength(8)
    await engine.stop()
  })

  test('counts deletes whose answer is lost', async () => {
    const { engine, clock, source, target, start } = world({ manifests: manifestsOf(16) })
    await start()
    for (const manifest of manifestsOf(10)) {
      target.failNext('apply', new Error('connection reset'), { when: 'after' })
      source.commit(without(manifest))
      await clock.advance(60_000)
    }
    // The budget: a quarter of 16 resources an hour.
    expect(target.live.list()).toHaveLength(12)
    await engine.stop()
  })

  test('counts deletes whose outcome the store could not take', async () => {
    let failures = 0
    const { engine, clock, source, target, start } = world({
      manifests: manifestsOf(16),
      store: (memory) => ({
        ...memory,
        commit: async (name, delta, options) => {
          const isOutcome = delta.remove.length > 0 && delta.history.length === 0
          if (isOutcome && failures-- > 0) throw new Error('busy')
          return memory.commit(name, delta, options)
        },
      }),
    })
    await start()
    for (const manifest of manifestsOf(10)) {
      failures = 1
      source.commit(without(manifest))
      await clock.advance(60_000)
    }
    expect(target.live.list()).toHaveLength(12)
    await engine.stop()
  })

  test('holds although a listener empties the holds of the plan it is told', async () => {
    const { engine, clock, source, target, start } = world({ manifests: manifestsOf(8) })
    engine.on('plan.made', ({ plan }) => {
      const holds: unknown = plan.holds
      if (Array.isArray(holds)) holds.length = 0
    })
    await start()
    source.commit(without(...manifestsOf(8).slice(1)))
    await clock.advance(60_000)
    expect(target.live.list()).toHaveLength(8)
    await engine.stop()
  })
})
