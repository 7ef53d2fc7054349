import { createEngine, defineApplication, lend } from '@mooring/core'
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

  test('tells each state without a definition, and touches none', async () => {
    const { engine, clock, target, store, application } = world({ source: lend, target: lend, store: lend })
    engine.add(application('gone'))
    engine.add(application('renamed'))
    await engine.start()
    await clock.advance(1_000)
    await engine.stop()
    const before = await store.load('gone', never)
    const next = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
    const undefineds: string[] = []
    next.on('application.undefined', ({ application }) => void undefineds.push(application))
    next.add(application('other').open((parts) => defineApplication({ ...parts, formerly: ['renamed'] })))
    expect(await next.withoutDefinition()).toEqual(['gone'])
    await next.start()
    await clock.advance(120_000)
    expect(undefineds).toEqual(['gone'])
    expect(await store.load('gone', never)).toEqual(before)
    expect(target.live.list()).toEqual(['a', 'b'])
    next.add(application('gone'))
    expect(await next.withoutDefinition()).toEqual([])
    await next.stop()
  })

  test('does not fail because the store cannot list', async () => {
    const { engine, clock, target, application } = world({
      store: (memory) => ({
        ...memory,
        list: async () => {
          throw new Error('busy')
        },
      }),
    })
    engine.add(application())
    await engine.start()
    await clock.advance(1_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    await expect(engine.withoutDefinition()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await engine.stop()
  })

  test('ends although the store is opened by somebody else, when the engine is stopped', async () => {
    const { engine, application } = world({
      store: (memory) => ({ ...memory, open: () => new Promise(() => {}) }),
    })
    engine.add(application())
    const starting = engine.start()
    await engine.stop()
    await expect(starting).rejects.toMatchObject({ code: 'ENGINE_STOPPED' })
  })
})

const never = { signal: new AbortController().signal }
