import { describe, expect, test } from 'vitest'
import { unhandledRejections } from './unhandled.ts'
import { filesOf, gate, settled, world } from './world.ts'

const progressing = { health: { state: 'progressing' } } as const

describe('a caller who gives up', () => {
  test('while the source is slow is answered, and no rejection is left unhandled', async () => {
    using rejections = unhandledRejections()
    const { engine, clock, source, start } = world({ pollMs: 60_000 })
    await start()
    source.hangNext('resolve')
    const syncing = engine.sync('shop', { actor: 'ci', timeoutMs: 1_000 })
    expect(await settled(syncing, clock, 5_000)).toMatchObject({ error: { code: 'WAIT_TIMEOUT' } })
    expect(rejections.seen).toEqual([])
    await engine.stop({ drainMs: 0 })
  })

  test('on a plan is answered at once, although a pass is running', async () => {
    const { engine, clock, target, start } = world()
    await start()
    target.hangNext('observe')
    target.live.edit('a', { size: 1 })
    await clock.advance(1)
    const patience = new AbortController()
    const planning = engine.plan('shop', { signal: patience.signal })
    patience.abort(new Error('lunch'))
    expect(await settled(planning, clock, 5_000)).toMatchObject({ error: { message: 'lunch' } })
  })
})

describe('a sync that waits', () => {
  test('is answered when a newer commit supersedes it and no operation follows', async () => {
    const { engine, clock, source, start } = world({ sync: { automated: false }, memoryTarget: progressing })
    await start()
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    source.commit(filesOf({ id: 'a', size: 2 }))
    expect(await settled(syncing, clock, 3_600_000)).toMatchObject({ value: { outcome: 'superseded' } })
    await engine.stop()
  })

  test('is answered when its deadline has passed although the target cannot be seen', async () => {
    const { engine, clock, target, start } = world({
      sync: { deadlineMs: 60_000 },
      memoryTarget: progressing,
    })
    await start()
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    target.failNext('observe', new Error('no route'), { times: 100_000 })
    expect(await settled(syncing, clock, 7_200_000)).toMatchObject({
      value: { outcome: expect.stringMatching(/^(failed|timed-out)$/) },
    })
    await engine.stop()
  })

  test('is answered when its application is suspended', async () => {
    const { engine, clock, start } = world({ sync: { deadlineMs: 60_000 }, memoryTarget: progressing })
    await start()
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    await engine.suspend('shop', { actor: 'ada' })
    expect(await settled(syncing, clock, 7_200_000)).toMatchObject({
      error: { code: 'APPLICATION_SUSPENDED' },
    })
    await engine.stop()
  })

  test('is answered when the store took the end of the operation and its answer was lost', async () => {
    let isArmed = false
    const { engine, clock, target, start } = world({
      memoryTarget: progressing,
      store: (memory) => ({
        ...memory,
        commit: async (name, delta, options) => {
          const version = await memory.commit(name, delta, options)
          if (!isArmed || delta.head.operation !== undefined || delta.history.length === 0) return version
          isArmed = false
          throw new Error('connection reset')
        },
      }),
    })
    await start()
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(3_000)
    isArmed = true
    target.setHealth('a', { state: 'healthy' })
    target.setHealth('b', { state: 'healthy' })
    expect(await settled(syncing, clock, 3_600_000)).toMatchObject({ value: { outcome: 'synced' } })
    expect(isArmed).toBe(false)
    await engine.stop()
  })

  test('that was asked after a commit is about that commit, although a poll was under way', async () => {
    const answer = gate()
    let isSlow = false
    const { engine, clock, source, target, start } = world({
      pollMs: 60_000,
      source: (memory) => ({
        ...memory,
        resolve: async (options) => {
          const resolution = await memory.resolve(options)
          if (!isSlow) return resolution
          isSlow = false
          await answer.pass
          return resolution
        },
      }),
    })
    await start()
    isSlow = true
    engine.refresh()
    await clock.advance(1)
    const pushed = source.commit(filesOf({ id: 'pushed' }))
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1)
    answer.open()
    expect(await settled(syncing, clock, 5_000)).toMatchObject({ value: { revision: { id: pushed.id } } })
    expect(target.live.list()).toContain('pushed')
    await engine.stop()
  })
})
