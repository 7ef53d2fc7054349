import { MooringError } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { settled, world } from './world.ts'

describe('a heal that failed once', () => {
  test('is tried again although automation is off', async () => {
    const { engine, clock, target, start } = world({ sync: { automated: false } })
    await start()
    await settled(engine.sync('shop', { actor: 'ci' }), clock, 1_000)
    target.failNext('apply', new Error('connection reset'))
    target.live.edit('a', { size: 9 })
    await clock.advance(600_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    await engine.stop()
  })

  test('stands in the history as drift, not as a commit', async () => {
    const { engine, clock, target, start } = world()
    await start()
    target.failNext('apply', new Error('connection reset'))
    target.live.edit('a', { size: 9 })
    await clock.advance(60_000)
    expect((await engine.history('shop')).map((entry) => entry.cause)).toEqual(['drift', 'commit'])
    await engine.stop()
  })
})

describe('the history', () => {
  test('names as healed only what was healed', async () => {
    const { engine, clock, target, start } = world()
    await start()
    await engine.suspend('shop', { actor: 'ada' })
    target.live.edit('a', { size: 1 })
    target.live.edit('b', { size: 1 })
    await clock.advance(10)
    const refused = new MooringError({ code: 'REFUSED', kind: 'permanent', message: 'refused' })
    target.failNext('apply', refused)
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(10)
    expect((await engine.history('shop'))[0]).toMatchObject({
      outcome: 'healed',
      counts: { updated: 1 },
      message: 'undid drift of b',
    })
    await engine.stop()
  })
})

describe('a contested resource', () => {
  test('brings no pass while it waits for its turn', async () => {
    const { engine, clock, target, told, start } = world({ sync: { intervalMs: 300_000 } })
    await start()
    for (let at = 0; at < 5; at++) {
      target.live.edit('a', { at })
      await clock.advance(100)
    }
    told.length = 0
    await clock.advance(29_000)
    expect(told.filter((event) => event.type === 'pass.started')).toEqual([])
    await engine.stop()
  })
})

test('a person who asks is not kept waiting by a contest', async () => {
  const { engine, clock, target, start } = world()
  await start()
  for (let at = 0; at < 5; at++) {
    target.live.edit('a', { at })
    await clock.advance(1_000)
  }
  expect(target.live.get('a')?.manifest).toMatchObject({ at: 4 })
  const syncing = engine.sync('shop', { actor: 'ada' })
  await clock.advance(100)
  expect(await syncing).toMatchObject({ outcome: 'synced' })
  expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
  await engine.stop()
})
