import { describe, expect, test } from 'vitest'
import { filesOf, world } from './world.ts'

describe('an application', () => {
  test('is brought about from the first revision', async () => {
    const { engine, target, start, sequence } = world()
    await start()
    expect(target.live.list()).toEqual(['a', 'b'])
    expect(sequence('plan.made', 'operation.started', 'change.applied', 'operation.finished')).toEqual([
      'plan.made',
      'operation.started',
      'change.applied',
      'change.applied',
      'operation.finished',
    ])
    expect(await engine.status('shop')).toMatchObject({
      sync: 'synced',
      health: 'healthy',
      resources: 2,
      holds: [],
    })
    await engine.stop()
  })

  test('follows a commit', async () => {
    const { engine, clock, source, target, start } = world()
    await start()
    source.commit(filesOf({ id: 'a', size: 2 }), { author: 'Grace', message: 'grow a' })
    await clock.advance(10_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 2 })
    const [latest] = await engine.history('shop')
    expect(latest).toMatchObject({
      actor: 'Grace',
      cause: 'commit',
      message: 'grow a',
      outcome: 'synced',
      counts: { updated: 1, created: 0 },
    })
    await engine.stop()
  })

  test('is healed when somebody edits it', async () => {
    const { engine, clock, target, start, sequence } = world()
    await start()
    sequence()
    target.live.edit('a', { size: 9 })
    await clock.advance(1_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    expect(sequence('drift.found', 'operation.started', 'change.applied')).toEqual([
      'drift.found',
      'change.applied',
    ])
    expect(await engine.history('shop')).toMatchObject([
      { cause: 'drift', outcome: 'healed' },
      { cause: 'commit' },
    ])
    await engine.stop()
  })

  test('is made again when somebody deletes it', async () => {
    const { engine, clock, target, start } = world()
    await start()
    target.live.remove('b')
    await clock.advance(1_000)
    expect(target.live.list().toSorted()).toEqual(['a', 'b'])
    await engine.stop()
  })

  test('loses what leaves the desired state', async () => {
    const many = Array.from({ length: 8 }, (_, index) => ({ id: `r${index}` }))
    const { engine, clock, source, target, start } = world({ manifests: many })
    await start()
    source.commit({ 'app/r0.json': null })
    await clock.advance(10_000)
    expect(target.live.list()).not.toContain('r0')
    expect(target.live.list()).toHaveLength(7)
    expect((await engine.status('shop')).resources).toBe(7)
    await engine.stop()
  })
})

describe('the prune budget', () => {
  test('holds a commit that deletes nearly everything, and a revert ends the hold', async () => {
    const many = Array.from({ length: 8 }, (_, index) => ({ id: `r${index}` }))
    const { engine, clock, source, target, start } = world({ manifests: many })
    await start()
    source.commit(Object.fromEntries(many.slice(1).map(({ id }) => [`app/${id}.json`, null])))
    await clock.advance(10_000)
    expect(target.live.list()).toHaveLength(8)
    const held = await engine.status('shop')
    expect(held.sync).toBe('out-of-sync')
    expect(held.holds).toMatchObject([{ code: 'PRUNE_BUDGET', keys: { length: 7 } }])
    expect(held.operation?.heldSince).toBeDefined()

    source.commit(filesOf(...many))
    await clock.advance(10_000)
    const after = await engine.status('shop')
    expect(after).toMatchObject({ sync: 'synced', holds: [] })
    expect(after.operation).toBeUndefined()
    expect((await engine.history('shop'))[0]).toMatchObject({ outcome: 'synced' })
    await engine.stop()
  })
})

describe('sync', () => {
  test('gives the outcome of the operation', async () => {
    const { engine, clock, source, start } = world()
    await start()
    source.commit(filesOf({ id: 'c' }))
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    expect(await syncing).toMatchObject({ outcome: 'synced', counts: { created: 1 }, reasons: [] })
    expect((await engine.history('shop'))[0]).toMatchObject({ actor: 'ci', cause: 'manual' })
    await engine.stop()
  })

  test('says that the operation is held, and why', async () => {
    const { engine, clock, target, start } = world()
    target.live.put({ id: 'a', other: true })
    await start()
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    const result = await syncing
    expect(result.outcome).toBe('held')
    expect(result.reasons[0]).toContain('NOT_OWNED')
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', other: true })
    await engine.stop()
  })
})

describe('a plan', () => {
  test('is applied when it still holds, and refused when it has gone stale', async () => {
    const { engine, clock, source, target, application } = world({ sync: { automated: false } })
    engine.add(application())
    await engine.start()
    await clock.advance(100)
    const plan = await engine.plan('shop')
    expect(plan.changes.map((change) => [change.action, change.key])).toEqual([
      ['create', 'a'],
      ['create', 'b'],
    ])
    source.commit({ 'README.md': 'unrelated' })
    await clock.advance(10_000)
    const applying = engine.apply(plan, { actor: 'ada' })
    await clock.advance(1_000)
    expect(await applying).toMatchObject({ outcome: 'synced', planId: plan.id })

    source.commit(filesOf({ id: 'a', size: 1 }))
    await clock.advance(10_000)
    const second = await engine.plan('shop')
    target.setHealth('a', { state: 'degraded' })
    expect((await engine.plan('shop')).id).toBe(second.id)
    target.live.edit('a', { size: 7 })
    const stale = engine.apply(second, { actor: 'ada' })
    const refused = expect(stale).rejects.toMatchObject({ code: 'PLAN_STALE' })
    await clock.advance(1_000)
    await refused
    expect(target.live.get('a')?.manifest).toMatchObject({ size: 7 })
    await engine.stop()
  })
})
