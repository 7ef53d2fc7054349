import { defineApplication } from '@mooring/core'
import { memoryTarget } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, settled, without, world } from './world.ts'

/** An application that was applied to one target and is now pointed at another. */
async function pointedElsewhere(elsewhere = memoryTarget({ name: 'elsewhere' })) {
  const scene = world()
  await scene.start()
  scene.engine.replace(
    scene.application().open((parts) => defineApplication({ ...parts, target: elsewhere as never })),
  )
  await scene.clock.advance(1_000)
  return { ...scene, elsewhere }
}

describe('a target with another identity', () => {
  test('stops the application, and the hint names every way on', async () => {
    const { engine, elsewhere, target } = await pointedElsewhere()
    const { lastError, sync } = await engine.status('shop')
    expect(lastError).toMatchObject({ code: 'TARGET_CHANGED', message: expect.stringContaining('elsewhere') })
    for (const way of ['Point it back', 'accept', 'abandon', 'engine.remove with prune'])
      expect(lastError?.hint).toContain(way)
    expect(sync).toBe('unknown')
    expect([target.live.list(), elsewhere.live.list()]).toEqual([['a', 'b'], []])
    await engine.stop()
  })

  test('stops a removal too: nothing is deleted there, and nothing is forgotten', async () => {
    const { engine, clock, elsewhere, target, store } = await pointedElsewhere()
    elsewhere.live.put({ id: 'a' }, { owner: { installation: 'test', application: 'shop' } })
    const removing = engine.remove('shop', { actor: 'ada', prune: true })
    expect(await settled(removing, clock, 10_000)).toMatchObject({
      value: { outcome: 'failed', reasons: [expect.stringContaining('TARGET_CHANGED')] },
    })
    expect([target.live.list(), elsewhere.live.list()]).toEqual([['a', 'b'], ['a']])
    expect(await store.list({ signal: AbortSignal.timeout(1_000) })).toEqual(['shop'])
    await engine.stop()
  })

  test('that cannot be told is unknown and never another one: no decision is taken, and no state is touched', async () => {
    const { engine, clock, target, start, store } = world()
    await start()
    target.failNext('identity', new Error('no route to host'))
    await expect(engine.retarget('shop', { how: 'abandon', actor: 'ada' })).rejects.toThrow(
      'no route to host',
    )
    target.failNext('identity', new Error('no route to host'))
    await settled(engine.sync('shop', { actor: 'ada' }), clock, 10)
    const { sync, lastError } = await engine.status('shop')
    expect([sync, lastError?.code]).toEqual(['unknown', 'TARGET_FAILED'])
    const kept = await store.load('shop', { signal: AbortSignal.timeout(1_000) })
    expect(kept?.value.inventory.size).toBe(2)
    await clock.advance(60_000)
    expect((await engine.status('shop')).sync).toBe('synced')
    await engine.stop()
  })
})

describe('somebody who accepts another identity', () => {
  test('keeps what is recorded; the next pass verifies it and writes nothing that is as it was', async () => {
    const before = world()
    await before.start()
    // The same system, under another name.
    const renamed = memoryTarget({ name: 'renamed', live: before.target.live })
    before.engine.replace(
      before.application().open((parts) => defineApplication({ ...parts, target: renamed as never })),
    )
    await before.clock.advance(1_000)
    before.told.length = 0
    await before.engine.retarget('shop', { how: 'accept', actor: 'ada', reason: 'moved to another host' })
    await before.clock.advance(1_000)
    expect(before.sequence('change.applied', 'operation.started')).toEqual([])
    expect(await before.engine.status('shop')).toMatchObject({ sync: 'synced', resources: 2 })
    expect((await before.engine.history('shop'))[0]).toMatchObject({
      cause: 'retarget',
      actor: 'ada',
      outcome: 'recorded',
      message: 'accepted memory:renamed as what was memory:memory: moved to another host',
    })
    await before.engine.stop()
  })

  test('gets what is missing there made, and what is another incarnation without our mark held', async () => {
    const { engine, clock, elsewhere } = await pointedElsewhere()
    elsewhere.live.put({ id: 'b', by: 'somebody' })
    await engine.retarget('shop', { how: 'accept', actor: 'ada' })
    await clock.advance(1_000)
    expect(elsewhere.live.list().toSorted()).toEqual(['a', 'b'])
    expect(elsewhere.live.get('b')?.manifest).toEqual({ id: 'b', by: 'somebody' })
    expect((await engine.status('shop')).holds).toMatchObject([{ code: 'NOT_OWNED', keys: ['b'] }])
    await engine.stop()
  })
})

describe('somebody who abandons a target', () => {
  test('leaves what is on it alone and begins on the new one', async () => {
    const { engine, clock, elsewhere, target, source } = await pointedElsewhere()
    await engine.retarget('shop', { how: 'abandon', actor: 'ada' })
    await clock.advance(1_000)
    expect([target.live.list(), elsewhere.live.list()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced', resources: 2, holds: [] })
    expect((await engine.history('shop')).map(({ cause, actor }) => [cause, actor])).toEqual([
      ['commit', 'Ada <ada@example.com>'],
      ['retarget', 'ada'],
      ['commit', 'Ada <ada@example.com>'],
    ])
    source.commit(without({ id: 'b' }))
    await clock.advance(11_000)
    expect([target.live.list(), elsewhere.live.list()]).toEqual([['a', 'b'], ['a']])
    await engine.stop()
  })

  test('gets what carries our mark there from an earlier time under its guards again', async () => {
    const elsewhere = memoryTarget({ name: 'elsewhere' })
    elsewhere.live.put({ id: 'old' }, { owner: { installation: 'test', application: 'shop' } })
    elsewhere.live.put({ id: 'theirs' }, { owner: { installation: 'test', application: 'other' } })
    const { engine, clock } = await pointedElsewhere(elsewhere)
    await engine.retarget('shop', { how: 'abandon', actor: 'ada' })
    await clock.advance(5_000)
    expect(elsewhere.live.list().toSorted()).toEqual(['a', 'b', 'theirs'])
    await engine.stop()
  })
})

describe('a decision about a target', () => {
  test('that is not another one changes and records nothing', async () => {
    const { engine, clock, start } = world()
    await start()
    await engine.retarget('shop', { how: 'abandon', actor: 'ada' })
    await clock.advance(1_000)
    expect(await engine.status('shop')).toMatchObject({ resources: 2, sync: 'synced' })
    expect(await engine.history('shop')).toHaveLength(1)
    await engine.stop()
  })

  test('is refused where it was about yet another one', async () => {
    const { engine, store } = await pointedElsewhere()
    const decision = { how: 'abandon', actor: 'ada', to: 'memory:third' } as const
    await expect(engine.retarget('shop', decision)).rejects.toMatchObject({ code: 'TARGET_CHANGED' })
    const kept = await store.load('shop', { signal: AbortSignal.timeout(1_000) })
    expect(kept?.value.head.target).toBe('memory:memory')
    await engine.stop()
  })

  test('survives a suspension, and ends the operation that was open', async () => {
    const { engine, clock, source, elsewhere, target, start, application } = await (async () => {
      const scene = world({ memoryTarget: { health: { state: 'progressing' } } })
      return { ...scene, elsewhere: memoryTarget({ name: 'elsewhere' }) }
    })()
    await start()
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(11_000)
    await engine.suspend('shop', { actor: 'bob' })
    engine.replace(application().open((parts) => defineApplication({ ...parts, target: elsewhere as never })))
    await engine.retarget('shop', { how: 'abandon', actor: 'ada' })
    await clock.advance(1_000)
    expect(elsewhere.live.list()).toEqual([])
    expect(await engine.status('shop')).toMatchObject({ suspended: { by: 'bob' } })
    expect((await engine.history('shop')).map(({ cause, outcome }) => [cause, outcome]).slice(0, 2)).toEqual([
      ['retarget', 'recorded'],
      ['commit', 'superseded'],
    ])
    await engine.resume('shop', { actor: 'bob' })
    await clock.advance(1_000)
    expect(elsewhere.live.list().toSorted()).toEqual(['a', 'b', 'c'])
    expect(target.live.list().toSorted()).toEqual(['a', 'b', 'c'])
    await engine.stop()
  })
})
