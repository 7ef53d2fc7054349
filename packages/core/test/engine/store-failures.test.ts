import { describe, expect, test } from 'vitest'
import { filesOf, gate, settled, world } from './world.ts'

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

describe('a store that never answers', () => {
  /** The store, of which one call hangs as often as it is told to. */
  const hanging = (call: 'load' | 'commit' | 'history' | 'list' | 'remove') => {
    const left = { hangs: 0 }
    const heard: AbortSignal[] = []
    const scene = world({
      store: (memory) => ({
        ...memory,
        [call]: (...given: readonly unknown[]) => {
          if (left.hangs-- <= 0) return (memory[call] as (...all: readonly unknown[]) => unknown)(...given)
          heard.push((given.at(-1) as { readonly signal: AbortSignal }).signal)
          return new Promise(() => {})
        },
      }),
    })
    return { ...scene, left, heard }
  }

  test('at a load holds a pass up for half a minute and not for ever', async () => {
    const { engine, clock, target, heard, left, told, application } = hanging('load')
    left.hangs = 1
    engine.add(application())
    await engine.start()
    await clock.advance(29_000)
    expect(target.live.list()).toEqual([])
    await clock.advance(10_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    expect(heard.map(({ aborted }) => aborted)).toEqual([true])
    const failed = told.flatMap((event) => (event.type === 'pass.finished' ? [event.error?.code] : []))
    expect(failed[0]).toBe('STORE_TIMEOUT')
    await engine.stop()
  })

  test('at a commit leaves the change to the next pass', async () => {
    const { engine, clock, source, target, heard, left, start } = hanging('commit')
    await start()
    left.hangs = 1
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(60_000)
    expect(target.live.list()).toContain('c')
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced', resources: 3 })
    expect(heard.map(({ aborted }) => aborted)).toEqual([true])
    await engine.stop()
  })

  test('at a commit that takes effect after all changes nothing twice', async () => {
    const late = gate()
    let isLate = false
    const { engine, clock, source, target, told, start } = world({
      store: (memory) => ({
        ...memory,
        commit: async (name, delta, options) => {
          if (isLate) {
            isLate = false
            await late.pass
            return memory.commit(name, delta, { ...options, signal: new AbortController().signal })
          }
          return memory.commit(name, delta, options)
        },
      }),
    })
    await start()
    isLate = true
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(40_100)
    late.open()
    await clock.advance(60_000)
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced', resources: 3 })
    expect(target.live.list()).toHaveLength(3)
    const writes = told.filter((event) => event.type === 'change.applied' && event.change.key === 'c')
    expect(writes).toHaveLength(1)
    await engine.stop()
  })

  test('to somebody who asks lets them know', async () => {
    const reading = hanging('history')
    await reading.start()
    reading.left.hangs = 1
    const history = await settled(reading.engine.history('shop'), reading.clock, 31_000)
    expect(history).toMatchObject({ error: { code: 'STORE_TIMEOUT' } })
    await reading.engine.stop()
    const listing = hanging('list')
    await listing.start()
    listing.left.hangs = 1
    const names = await settled(listing.engine.withoutDefinition(), listing.clock, 31_000)
    expect(names).toMatchObject({ error: { code: 'STORE_TIMEOUT' } })
    await listing.engine.stop()
  })

  test('at the end of a removal keeps the removal on record for the next start', async () => {
    const { engine, clock, target, store, left, start } = hanging('remove')
    await start()
    left.hangs = 1
    const removing = engine.remove('shop', { actor: 'ada', prune: true })
    expect(await settled(removing, clock, 60_000)).toMatchObject({ error: { code: 'STORE_TIMEOUT' } })
    expect(target.live.list()).toEqual([])
    const kept = await store.load('shop', { signal: new AbortController().signal })
    expect(kept?.value.head.removing).toMatchObject({ by: 'ada' })
    await engine.stop()
  })
})
