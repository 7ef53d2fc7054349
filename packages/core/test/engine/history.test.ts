import { createEngine, lend } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { filesOf, settled, world } from './world.ts'

const broken = { 'app/a.json': '{ "id": "a", ' }

describe('the history of a commit that is refused', () => {
  test('names it, its author and the error once, however often it is tried and the engine restarted', async () => {
    const { engine, clock, source, store, application, start } = world()
    await start()
    const { id } = source.commit(broken, { author: 'Eve', message: 'Oops\n\nlonger' })
    await clock.advance(600_000)
    const again = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
    await engine.stop()
    again.add(application())
    await again.start()
    await clock.advance(600_000)
    const refused = (await again.history('shop')).filter(({ outcome }) => outcome === 'refused')
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({
      cause: 'commit',
      actor: 'Eve',
      to: id,
      revision: { author: 'Eve', message: 'Oops' },
      message: 'Oops',
      reasons: [expect.stringContaining('INVALID_JSON')],
    })
    await again.stop()
  })

  test('names whoever asks for it, each time', async () => {
    const { engine, clock, source, start } = world()
    await start()
    source.commit(broken, { author: 'Eve' })
    await clock.advance(20_000)
    for (const actor of ['ada', 'bob']) await settled(engine.sync('shop', { actor }), clock, 1_000)
    const refused = (await engine.history('shop')).filter(({ outcome }) => outcome === 'refused')
    expect(refused.map(({ actor, cause }) => `${cause} ${actor}`)).toEqual([
      'manual bob',
      'manual ada',
      'commit Eve',
    ])
    await engine.stop()
  })

  test('is not written for what may go away by itself', async () => {
    const { engine, clock, source, start } = world()
    await start()
    source.failNext('open', new Error('no route to host'), { times: 5 })
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(120_000)
    expect((await engine.history('shop')).map(({ outcome }) => outcome)).toEqual(['synced', 'synced'])
    await engine.stop()
  })

  test('is what a rollback to the one before passes over: what runs is meant', async () => {
    const { engine, clock, source, start } = world()
    await start()
    const before = (await engine.status('shop')).applied?.id
    source.commit(broken)
    await clock.advance(20_000)
    const result = await settled(engine.rollback('shop', { to: 'previous', actor: 'ada' }), clock, 1_000)
    expect(result).toMatchObject({ value: { outcome: 'synced', revision: { id: before } } })
    await engine.stop()
  })
})

describe('what people decide', () => {
  test('stands in the history with who and why', async () => {
    const { engine, start } = world()
    await start()
    await engine.suspend('shop', { actor: 'ada', reason: 'audit' })
    await engine.resume('shop', { actor: 'bob' })
    await engine.resume('shop', { actor: 'cy' })
    const [resumed, suspended, first] = await engine.history('shop')
    expect(resumed).toMatchObject({ cause: 'resume', actor: 'bob', outcome: 'recorded' })
    expect(suspended).toMatchObject({ cause: 'suspend', actor: 'ada', message: 'suspended: audit' })
    expect(first?.cause).toBe('commit')
    await engine.stop()
  })
})

test('an operation begins from what is live, also where that was never found good', async () => {
  const { engine, clock, source, target, start } = world({ sync: { deadlineMs: 60_000 } })
  await start()
  const [first] = await engine.history('shop')
  const bad = source.commit(filesOf({ id: 'a', size: 2 }))
  target.setHealth('a', { state: 'degraded' })
  await clock.advance(200_000)
  target.setHealth('a', { state: 'healthy' })
  await settled(engine.rollback('shop', { to: 'previous', actor: 'ada' }), clock, 20_000)
  const back = (await engine.history('shop')).find(({ cause }) => cause === 'rollback')
  expect(back).toMatchObject({ outcome: 'synced', from: bad.id, to: first?.to })
  await settled(engine.sync('shop', { actor: 'ada' }), clock, 20_000)
  expect((await engine.history('shop'))[0]).toMatchObject({ from: first?.to, to: first?.to })
  await engine.stop()
})

describe('the time to recover', () => {
  const recoveries = async (engine: {
    history: (name: string) => Promise<readonly { recoveredMs?: number }[]>
  }) => (await engine.history('shop')).filter(({ recoveredMs }) => recoveredMs !== undefined)

  test('runs from the first sign of bad health to the commit that mended it', async () => {
    const { engine, clock, source, target, start } = world({ sync: { deadlineMs: 120_000 } })
    await start()
    source.commit(filesOf({ id: 'a', size: 2 }))
    target.setHealth('a', { state: 'degraded', message: 'crashes' })
    await clock.advance(10_000)
    const began = clock.now()
    await clock.advance(300_000)
    expect((await engine.status('shop')).lastOperation?.outcome).toBe('failed')
    expect(await recoveries(engine)).toEqual([])
    const mended = source.commit(filesOf({ id: 'a', size: 3 }))
    await clock.advance(15_000)
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(5_000)
    const [entry, ...others] = await recoveries(engine)
    expect(others).toEqual([])
    expect(entry).toMatchObject({ cause: 'commit', to: mended.id, outcome: 'synced' })
    const took = clock.now() - began
    expect(entry?.recoveredMs).toBeGreaterThan(took - 20_000)
    expect(entry?.recoveredMs).toBeLessThan(took + 20_000)
    expect((await engine.status('shop')).troubledSince).toBeUndefined()
    await engine.stop()
  })

  test('goes on until a release whose hook failed is made up for, whatever else is committed or held', async () => {
    let isBroken = false
    const hooks = {
      afterSync: {
        name: 'smoke',
        run: () => {
          if (isBroken) throw new Error('500 on /checkout')
        },
      },
    }
    const { engine, clock, source, application, start } = world({ hooks })
    await start()
    isBroken = true
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(15_000)
    const began = (await engine.status('shop')).troubledSince
    expect(began).toBeDefined()
    source.commit({ 'elsewhere/x.json': '{}' })
    await clock.advance(200_000)
    expect([await recoveries(engine), (await engine.status('shop')).troubledSince]).toEqual([[], began])
    engine.replace(application('shop', { automated: false }))
    const mended = source.commit(filesOf({ id: 'a', size: 3 }))
    await clock.advance(200_000)
    expect([await recoveries(engine), (await engine.status('shop')).troubledSince]).toEqual([[], began])
    isBroken = false
    await settled(engine.sync('shop', { actor: 'ada' }), clock, 5_000)
    const [entry, ...others] = await recoveries(engine)
    expect(others).toEqual([])
    expect(entry).toMatchObject({ to: mended.id, outcome: 'synced' })
    expect(entry?.recoveredMs).toBeGreaterThan(399_000)
    await engine.stop()
  })

  test('ends where what failed before anything was written is taken back, although nobody asks for an operation', async () => {
    const hooks = {
      beforeSync: {
        name: 'migrate',
        run: ({
          operation,
        }: {
          readonly operation: { readonly revision: { readonly message?: string } }
        }) => {
          if (operation.revision.message === 'bad') throw new Error('no such table')
        },
      },
    }
    const { engine, clock, source, application, start } = world({ hooks })
    await start()
    source.commit(filesOf({ id: 'a', size: 2 }), { message: 'bad' })
    await clock.advance(15_000)
    engine.replace(application('shop', { automated: false }))
    await clock.advance(100_000)
    expect((await engine.status('shop')).troubledSince).toBeDefined()
    source.commit(filesOf({ id: 'a' }))
    await clock.advance(15_000)
    expect(await recoveries(engine)).toMatchObject([{ outcome: 'recovered' }])
    await engine.stop()
  })

  test('goes on through a restart', async () => {
    const { engine, clock, source, target, store, application, start } = world({
      sync: { deadlineMs: 60_000 },
    })
    await start()
    source.commit(filesOf({ id: 'a', size: 2 }))
    target.setHealth('a', { state: 'degraded' })
    await clock.advance(200_000)
    const since = (await engine.status('shop')).troubledSince
    const again = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
    await engine.stop()
    again.add(application())
    await again.start()
    await clock.advance(100_000)
    expect((await again.status('shop')).troubledSince).toBe(since)
    target.setHealth('a', { state: 'healthy' })
    target.failNext('apply', new Error('busy'))
    const result = await settled(again.rollback('shop', { to: 'previous', actor: 'ada' }), clock, 20_000)
    expect(result).toMatchObject({ value: { outcome: 'synced' } })
    const [entry] = await recoveries(again)
    expect(entry?.recoveredMs).toBeGreaterThan(290_000)
    await again.stop()
  })

  test('counts bad health that nobody brought about, once it has lasted a minute', async () => {
    const { engine, clock, target, start } = world()
    await start()
    target.setHealth('a', { state: 'degraded' })
    await clock.advance(200_000)
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(100_000)
    const [entry] = await recoveries(engine)
    expect(entry).toMatchObject({ cause: 'health', outcome: 'recovered', actor: 'mooring' })
    expect(entry?.recoveredMs).toBeGreaterThanOrEqual(199_000)
    await engine.stop()
  })

  test('does not count what is back within a minute, and writes nothing for it', async () => {
    const { engine, clock, target, start } = world({ sync: { intervalMs: 600_000 } })
    await start()
    for (let flap = 0; flap < 20; flap++) {
      target.setHealth('a', { state: 'degraded' })
      await clock.advance(10_000)
      target.setHealth('a', { state: 'healthy' })
      await clock.advance(10_000)
    }
    expect(await engine.history('shop')).toHaveLength(1)
    expect((await engine.status('shop')).troubledSince).toBeUndefined()
    await engine.stop()
  })

  test('is written with as few records as there are turns', async () => {
    let commits = 0
    const { engine, clock, target, start } = world({
      store: (memory) => ({
        ...memory,
        commit: (...given) => {
          commits++
          return memory.commit(...given)
        },
      }),
    })
    await start()
    const before = commits
    target.setHealth('a', { state: 'degraded' })
    await clock.advance(3_600_000)
    expect(commits - before).toBe(1)
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(3_600_000)
    expect(commits - before).toBe(2)
    await engine.stop()
  })
})
