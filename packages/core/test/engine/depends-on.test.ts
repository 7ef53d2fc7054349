import { createEngine, defineApplication, type Health, type Hold, jsonRenderer, lend } from '@mooring/core'
import { type MemoryManifest, type MemorySource, memorySource } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { settled, world } from './world.ts'

/** An engine whose applications each have a folder of one source, and depend on one another. Nothing but events is quick. */
function several(files: Record<string, string>, health?: Health) {
  const given = world({ files, memoryTarget: health === undefined ? {} : { health } })
  const { engine, source, target, clock } = given
  const define = (name: string, dependsOn: readonly string[], from: MemorySource = source) =>
    defineApplication({
      name,
      source: from,
      path: name,
      renderer: jsonRenderer<MemoryManifest>(),
      target,
      dependsOn,
      sync: { prune: true, intervalMs: 3_600_000, deadlineMs: 300_000 },
    })
  const add = (name: string, dependsOn: readonly string[] = [], from: MemorySource = source): void =>
    engine.add(define(name, dependsOn, from))
  const start = async (): Promise<void> => {
    await engine.start()
    await clock.advance(1_000)
  }
  const holdOf = async (name: string): Promise<Hold | undefined> =>
    (await engine.status(name)).holds.find(({ guard }) => guard === 'dependency' || guard === 'dependents')
  return { ...given, define, add, start, holdOf }
}

const body = (id: string, size = 1) => `{ "id": "${id}", "size": ${size} }`
const two = { 'db/db.json': body('db'), 'shop/web.json': body('web') }

describe('an application that depends on another', () => {
  test('is begun when that is in sync and healthy, by event', async () => {
    const { engine, add, start, target, clock, holdOf } = several(two, {
      state: 'progressing',
      message: 'starts',
    })
    add('shop', ['db'])
    add('db')
    await start()
    expect(target.live.list()).toEqual(['db'])
    expect(await holdOf('shop')).toMatchObject({
      code: 'DEPENDENCY_NOT_MET',
      message: expect.stringContaining('db, which is being brought in line'),
      release: expect.stringContaining('by itself'),
      passing: true,
    })
    target.setHealth('db', { state: 'healthy' })
    await clock.advance(500)
    expect(target.live.list().toSorted()).toEqual(['db', 'web'])
    expect(await holdOf('shop')).toBeUndefined()
    await engine.stop()
  })

  test('waits for that to have finished the revision of the source they share', async () => {
    const { engine, add, start, source, target, clock, told } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    told.length = 0
    source.commit({ 'db/db.json': body('db', 2), 'shop/web.json': body('web', 2) })
    target.setHealth('db', { state: 'progressing' })
    await clock.advance(15_000)
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 1 })
    target.setHealth('db', { state: 'healthy' })
    await clock.advance(500)
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 2 })
    const order = told.flatMap((event) => (event.type === 'operation.finished' ? [event.application] : []))
    expect(order).toEqual(['db', 'shop'])
    await engine.stop()
  })

  test('is not kept by a commit elsewhere from being synced, and whoever asks waits no longer than it takes', async () => {
    const { engine, add, start, source, target, clock } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    source.commit({ 'shop/web.json': body('web', 2) })
    const result = await settled(engine.sync('shop', { actor: 'ci' }), clock, 1_000)
    expect(result).toMatchObject({ value: { outcome: 'synced' } })
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 2 })
    await engine.stop()
  })

  test('tells whoever asked when that is stuck, and goes on when that is mended', async () => {
    const { engine, add, start, source, target, clock, holdOf } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    source.commit({ 'db/db.json': body('db', 2), 'shop/web.json': body('web', 2) })
    target.setHealth('db', { state: 'degraded', message: 'crashes' })
    const asked = engine.sync('shop', { actor: 'ci' })
    await clock.advance(100_000)
    const early = await Promise.race([asked, Promise.resolve('still waiting')])
    expect(early).toBe('still waiting')
    await clock.advance(300_000)
    expect(await asked).toMatchObject({
      outcome: 'held',
      reasons: [expect.stringContaining('db, which has failed')],
    })
    expect((await holdOf('shop'))?.release).toContain('mend it')
    expect((await engine.status('shop')).operation?.heldSince).toBeDefined()
    source.commit({ 'db/db.json': body('db', 3) })
    await clock.advance(15_000)
    target.setHealth('db', { state: 'healthy' })
    await clock.advance(1_000)
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 2 })
    await engine.stop()
  })

  test('is healed all the same', async () => {
    const { engine, add, start, source, target, clock } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    target.setHealth('db', { state: 'progressing' })
    source.commit({ 'db/db.json': body('db', 2) })
    await clock.advance(15_000)
    target.live.edit('web', { size: 99 })
    await clock.advance(1_000)
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 1 })
    await engine.stop()
  })

  test.each([
    ['suspended', 'suspended by ada', 'engine.resume'],
    ['pinned', 'pinned to', 'engine.unpin'],
  ])('says that the other one is %s, and who can end that', async (how, why, release) => {
    const { engine, add, start, source, target, clock, holdOf } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    if (how === 'suspended') await engine.suspend('db', { actor: 'ada' })
    else {
      const to = (await engine.status('db')).applied?.id as string
      await settled(engine.rollback('db', { to, actor: 'ada' }), clock, 1_000)
    }
    source.commit({ 'shop/web.json': body('web', 2) })
    await clock.advance(15_000)
    const hold = await holdOf('shop')
    expect(hold?.message).toContain(why)
    expect(hold?.release).toContain(release)
    expect(hold?.passing).toBeUndefined()
    if (how === 'suspended') await engine.resume('db', { actor: 'ada' })
    else await engine.unpin('db', { actor: 'ada' })
    await clock.advance(500)
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 2 })
    await engine.stop()
  })

  test('that is rolled back does not wait for the other one to come to that revision', async () => {
    const { engine, add, start, source, target, clock } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    source.commit({ 'shop/web.json': body('web', 2) })
    await clock.advance(15_000)
    const result = await settled(engine.rollback('shop', { to: 'previous', actor: 'ada' }), clock, 1_000)
    expect(result).toMatchObject({ value: { outcome: 'synced' } })
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 1 })
    await engine.stop()
  })

  test('that is rolled back beside another one that is goes by what that is, not by what waits for both', async () => {
    const { engine, add, start, source, target, clock } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    const first = (await engine.status('shop')).applied?.id as string
    source.commit({ 'db/db.json': body('db', 2), 'shop/web.json': body('web', 2) })
    await clock.advance(20_000)
    source.commit({ 'db/db.json': body('db', 3), 'shop/web.json': body('web', 3) })
    await clock.advance(20_000)
    const back = (name: string) => settled(engine.rollback(name, { to: first, actor: 'ada' }), clock, 1_000)
    expect(await back('db')).toMatchObject({ value: { outcome: 'synced' } })
    expect(await back('shop')).toMatchObject({ value: { outcome: 'synced' } })
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 1 })
    await engine.stop()
  })

  test('names the one that is missing, and begins when it is added, whatever the source of that', async () => {
    const { engine, add, start, target, clock, holdOf } = several(two)
    add('shop', ['db'])
    await start()
    expect(await holdOf('shop')).toMatchObject({
      message: expect.stringContaining('db, which is not in this engine'),
    })
    add('db', [], memorySource({ name: 'other', files: { 'db/db.json': body('db') } }))
    await clock.advance(1_000)
    expect(target.live.list().toSorted()).toEqual(['db', 'web'])
    await engine.stop()
  })

  test('begins when a definition is given that does not depend on anything', async () => {
    const { engine, add, start, define, target, clock } = several(two)
    add('shop', ['db'])
    await start()
    engine.replace(define('shop', []))
    await clock.advance(500)
    expect(target.live.list()).toEqual(['web'])
    await engine.stop()
  })

  test('keeps that one from being deleted until it is gone itself', async () => {
    const { engine, add, start, target, clock, holdOf } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    const result = await settled(engine.remove('db', { actor: 'ada', prune: true }), clock, 1_000)
    expect(result).toMatchObject({
      value: { outcome: 'held', reasons: [expect.stringContaining('DEPENDENTS_LEFT')] },
    })
    expect(target.live.list().toSorted()).toEqual(['db', 'web'])
    expect(await holdOf('db')).toMatchObject({ release: expect.stringContaining('remove shop first') })
    await settled(engine.remove('shop', { actor: 'ada', prune: true }), clock, 1_000)
    await clock.advance(1_000)
    expect(target.live.list()).toEqual([])
    expect(engine.applications()).toEqual([])
    await engine.stop()
  })

  test('is held when that is taken out, and says so', async () => {
    const { engine, add, start, source, target, clock, holdOf } = several(two)
    add('shop', ['db'])
    add('db')
    await start()
    await engine.remove('db', { actor: 'ada', prune: false })
    source.commit({ 'shop/web.json': body('web', 2) })
    await clock.advance(15_000)
    expect((await holdOf('shop'))?.message).toContain('not in this engine')
    expect(target.live.get('web')?.manifest).toMatchObject({ size: 1 })
    await engine.stop()
  })

  test('goes on after a restart', async () => {
    const { engine, add, start, define, store, target, clock } = several(two, { state: 'progressing' })
    add('shop', ['db'])
    add('db')
    await start()
    const again = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
    await engine.stop()
    again.add(define('shop', ['db']))
    again.add(define('db', []))
    await again.start()
    await clock.advance(1_000)
    expect(target.live.list()).toEqual(['db'])
    target.setHealth('db', { state: 'healthy' })
    await clock.advance(500)
    expect(target.live.list().toSorted()).toEqual(['db', 'web'])
    await again.stop()
  })
})

describe('applications that depend on each other', () => {
  test('are held with the way round, and nobody else is', async () => {
    const { engine, add, start, define, target, clock, holdOf } = several({
      'a/a.json': body('a'),
      'b/b.json': body('b'),
      'c/c.json': body('c'),
      'free/free.json': body('free'),
    })
    add('a', ['b'])
    add('b', ['c'])
    add('c', ['a'])
    add('free')
    await start()
    expect(target.live.list()).toEqual(['free'])
    expect(await holdOf('a')).toMatchObject({
      code: 'DEPENDENCY_CYCLE',
      message: expect.stringContaining('a → b → c → a'),
    })
    expect((await holdOf('c'))?.message).toContain('c → a → b → c')
    engine.replace(define('c', []))
    await clock.advance(1_000)
    expect(target.live.list().toSorted()).toEqual(['a', 'b', 'c', 'free'])
    await engine.stop()
  })
})

test('a chain of applications is begun one after the other, within a second and without an interval', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `n${String(at).padStart(2, '0')}`)
  const { engine, add, start, told } = several(
    Object.fromEntries(names.map((name) => [`${name}/x.json`, body(name)])),
  )
  for (const name of names.toReversed()) add(name, names.slice(0, names.indexOf(name)).slice(-1))
  await start()
  const order = told.flatMap((event) => (event.type === 'operation.finished' ? [event.application] : []))
  expect(order).toEqual(names)
  await engine.stop()
})
