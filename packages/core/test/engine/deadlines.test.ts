import type { SyncPolicy } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { filesOf, without, world } from './world.ts'

const slow = { health: { state: 'progressing', message: 'rolling out' } } as const
const chain = [{ id: 'a' }, { id: 'b', traits: { dependsOn: ['a'] } }]

async function begun(sync: Partial<SyncPolicy>) {
  const made = world({ manifests: chain, sync, memoryTarget: slow })
  await made.start()
  return made
}

describe('a stage that is not ready by its deadline', () => {
  test('ends the operation, which names the stage and what it waited for, and leaves the next one alone', async () => {
    const { engine, clock, target } = await begun({ stageDeadlineMs: 60_000 })
    await clock.advance(61_000)
    const [latest] = await engine.history('shop')
    expect(latest).toMatchObject({
      outcome: 'timed-out',
      reasons: [
        'stage 1 was not ready within 60 s (sync.stageDeadlineMs)',
        expect.stringMatching(/a is progressing: rolling out/),
      ],
    })
    expect(target.live.list()).toEqual(['a'])
    await engine.stop()
  })

  test('has its own time: a stage before it takes none of it', async () => {
    const { engine, clock, target } = await begun({ stageDeadlineMs: 60_000, intervalMs: 3_600_000 })
    await clock.advance(50_000)
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(50_000)
    expect((await engine.status('shop')).operation?.begun).toMatchObject({ stage: 2 })
    await clock.advance(11_000)
    const [latest] = await engine.history('shop')
    expect(latest?.reasons[0]).toBe('stage 2 was not ready within 60 s (sync.stageDeadlineMs)')
    await engine.stop()
  })

  test('is none by default: the operation has the deadline', async () => {
    const { engine, clock } = await begun({})
    await clock.advance(590_000)
    expect((await engine.status('shop')).operation).toBeDefined()
    await clock.advance(11_000)
    expect((await engine.history('shop'))[0]?.reasons).toEqual([expect.stringMatching(/a is progressing/)])
    await engine.stop()
  })
})

describe('what leaves the desired state', () => {
  /** `b` leaves, and `c`, which comes, is not healthy. */
  const leaving = async (sync: Partial<SyncPolicy>) => {
    const made = world({ manifests: [{ id: 'a' }, { id: 'b' }], sync, memoryTarget: slow })
    await made.start()
    for (const id of ['a', 'b']) made.target.setHealth(id, { state: 'healthy' })
    await made.clock.advance(3_000)
    made.source.commit({ ...filesOf({ id: 'c' }), ...without({ id: 'b' }) })
    await made.clock.advance(20_000)
    return made
  }

  test('stays until what was changed is healthy', async () => {
    const { engine, clock, target } = await leaving({})
    expect(target.live.list()).toEqual(['a', 'b', 'c'])
    target.setHealth('c', { state: 'healthy' })
    await clock.advance(3_000)
    expect(target.live.list()).toEqual(['a', 'c'])
    await engine.stop()
  })

  test('stays where that misses its deadline, and the reasons name the option that would not wait', async () => {
    const { engine, clock, target } = await leaving({ stageDeadlineMs: 30_000 })
    await clock.advance(30_000)
    expect(target.live.list()).toEqual(['a', 'b', 'c'])
    const [latest] = await engine.history('shop')
    expect(latest?.outcome).toBe('timed-out')
    expect(latest?.reasons.at(-1)).toContain("sync.pruneWhen: 'applied'")
    await engine.stop()
  })

  test('goes as soon as everything is written where that is wanted, and health is awaited all the same', async () => {
    const { engine, clock, target } = await leaving({ pruneWhen: 'applied' })
    expect(target.live.list()).toEqual(['a', 'c'])
    expect((await engine.status('shop')).operation).toBeDefined()
    target.setHealth('c', { state: 'healthy' })
    await clock.advance(3_000)
    expect((await engine.history('shop'))[0]).toMatchObject({ outcome: 'synced' })
    await engine.stop()
  })

  test('stays where something could not be written, whatever it waits for', async () => {
    const { engine, clock, source, target } = await leaving({ pruneWhen: 'applied' })
    target.failNext('apply', new Error('no route'), { times: 100 })
    source.commit({ ...filesOf({ id: 'd' }), ...without({ id: 'a' }) })
    await clock.advance(20_000)
    expect(target.live.list()).toEqual(['a', 'c'])
    await engine.stop()
  })
})
