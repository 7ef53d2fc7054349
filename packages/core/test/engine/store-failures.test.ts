import { describe, expect, test } from 'vitest'
import { filesOf, gate, world } from './world.ts'

describe('a store that fails once', () => {
  test('at a commit and at the load that follows keeps nothing from being healed', async () => {
    const left = { load: 0, commit: 0 }
    const { engine, clock, target, start } = world({
      store: (memory) => ({
        ...memory,
        load: async (name, options) => {
          if (left.load-- > 0) throw new Error('busy')
          return memory.load(name, options)
        },
        commit: async (name, delta, options) => {
          if (left.commit-- > 0) throw new Error('busy')
          return memory.commit(name, delta, options)
        },
      }),
    })
    await start()
    left.load = 1
    left.commit = 1
    target.live.edit('a', { size: 2 })
    await clock.advance(600_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    await engine.stop()
  })

  test('at the end of an operation lets that end be told once', async () => {
    let failures = 1
    const { engine, clock, told, start } = world({
      store: (memory) => ({
        ...memory,
        commit: async (name, delta, options) => {
          if (delta.history.length > 0 && failures-- > 0) throw new Error('busy')
          return memory.commit(name, delta, options)
        },
      }),
    })
    await start()
    await clock.advance(10_000)
    expect(told.filter((event) => event.type === 'operation.finished')).toHaveLength(1)
    await engine.stop()
  })
})

describe('a store that is slow', () => {
  test('to answer a look at the status brings no old state into the next pass', async () => {
    const answer = gate()
    let isFirst = true
    const { engine, clock, source, told, application } = world({
      store: (memory) => ({
        ...memory,
        load: async (name, options) => {
          const state = await memory.load(name, options)
          if (!isFirst) return state
          isFirst = false
          await answer.pass
          return state
        },
      }),
    })
    engine.add(application())
    const looking = engine.status('shop')
    await clock.advance(1)
    await engine.start()
    await clock.advance(1_000)
    answer.open()
    await looking
    told.length = 0
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(10_001)
    expect(told.filter((event) => event.type === 'pass.finished' && event.error)).toEqual([])
    await engine.stop()
  })
})
