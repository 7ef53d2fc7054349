import { describe, expect, test } from 'vitest'
import { filesOf, settled, world } from './world.ts'

const byHand = { automated: false, selfHeal: false } as const

describe('applying a plan', () => {
  test('does nothing that the plan does not hold, and releases no hold', async () => {
    const { engine, clock, source, target, start } = world({ sync: byHand })
    await start()
    await settled(engine.sync('shop', { actor: 'ci' }), clock, 1_000)
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(11_000)
    const plan = await engine.plan('shop')
    expect(plan.changes.map((change) => change.key)).toEqual(['a'])
    target.live.edit('b', { hotfix: true })
    await clock.advance(1_000)
    expect(await settled(engine.apply(plan, { actor: 'ada' }), clock, 1_000)).toMatchObject({
      value: { outcome: 'synced' },
    })
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 2 })
    expect(target.live.get('b')?.manifest).toEqual({ id: 'b', hotfix: true })
    await engine.stop()
  })
})

test('the result of applying a plan names that plan, however many passes it took', async () => {
  const { engine, clock, source, target, start } = world({
    sync: byHand,
    manifests: [{ id: 'a' }, { id: 'b', traits: { wave: 1 } }],
    memoryTarget: { health: { state: 'progressing' } },
  })
  await start()
  source.commit(filesOf({ id: 'a', size: 2 }))
  await clock.advance(11_000)
  const plan = await engine.plan('shop')
  const applied = engine.apply(plan, { actor: 'ada' })
  await clock.advance(1_000)
  for (const id of ['a', 'b']) {
    target.setHealth(id, { state: 'healthy' })
    await clock.advance(5_000)
  }
  expect(await applied).toMatchObject({ outcome: 'synced', planId: plan.id, counts: { created: 2 } })
  await engine.stop()
})

describe('an operation that somebody asked for', () => {
  test('releases nothing of the revision that supersedes it', async () => {
    const { engine, clock, source, target, told, start } = world({
      sync: byHand,
      memoryTarget: { health: { state: 'progressing' } },
    })
    await start()
    await settled(engine.sync('shop', { actor: 'ci' }), clock, 1_000)
    // Suspended so that the commit and the hotfix meet in one pass.
    await engine.suspend('shop', { actor: 'ada' })
    source.commit(filesOf({ id: 'c' }))
    target.live.edit('b', { hotfix: true })
    await clock.advance(11_000)
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(30_000)
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'operation.finished', outcome: 'superseded' }),
    )
    expect(target.live.get('b')?.manifest).toEqual({ id: 'b', hotfix: true })
    await engine.stop()
  })
})

describe('the diff of a plan', () => {
  test('says that the plan is stale once its content has changed', async () => {
    const { engine, clock, source, start } = world({ sync: { automated: false } })
    await start()
    const plan = await engine.plan('shop')
    source.commit(filesOf({ id: 'a', changed: true }))
    await clock.advance(11_000)
    await expect(engine.diff(plan)).rejects.toMatchObject({ code: 'PLAN_STALE' })
    await engine.stop()
  })
})
