import { describe, expect, test } from 'vitest'
import { world } from './world.ts'

describe('starting', () => {
  test('reconciles an application that was planned before', async () => {
    const { engine, clock, target, application } = world()
    engine.add(application())
    await engine.plan('shop')
    await engine.start()
    await clock.advance(10_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })

  test('can be tried again after the store could not be opened', async () => {
    let failures = 1
    const { engine, clock, target, application } = world({
      store: (memory) => ({
        ...memory,
        open: async (options) => {
          if (failures-- > 0) throw new Error('locked')
          return memory.open(options)
        },
      }),
    })
    engine.add(application())
    await expect(engine.start()).rejects.toThrow('locked')
    await engine.start()
    await clock.advance(1_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })
})
