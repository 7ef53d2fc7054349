import {
  createEngine,
  defineApplication,
  type Engine,
  jsonRenderer,
  lend,
  type SyncPolicy,
} from '@mooring/core'
import type { MemoryManifest } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, settled, world } from './world.ts'

/** A world in which versions 1, 2 and 3 of one resource have been brought about, with what their commits are called. */
async function threeVersions(sync: Partial<SyncPolicy> = {}) {
  const given = world({ sync, files: filesOf({ id: 'web', size: 1 }) })
  const { engine, source, clock, start, target } = given
  await start()
  const first = (await engine.status('shop')).applied?.id as string
  const second = source.commit(filesOf({ id: 'web', size: 2 }), {
    author: 'Bob',
    message: 'Two\n\nlonger',
  }).id
  await clock.advance(20_000)
  const third = source.commit(filesOf({ id: 'web', size: 3 }), { author: 'Cy' }).id
  await clock.advance(20_000)
  const size = () => target.live.get('web')?.manifest['size']
  const rollback = async (options: Parameters<Engine['rollback']>[1]) => {
    const ended = await settled(engine.rollback('shop', options), clock, 1_000)
    if (ended === undefined) throw new Error('it has not ended')
    if ('error' in ended) throw ended.error
    return ended.value
  }
  return { ...given, first, second, third, size, rollback }
}

describe('a rollback', () => {
  test('brings the revision before about, in an operation of its own, and names who and why', async () => {
    const { engine, rollback, size, second, third } = await threeVersions()
    expect(size()).toBe(3)
    const result = await rollback({ to: 'previous', actor: 'ada', reason: 'errors' })
    expect(result).toMatchObject({ outcome: 'synced', revision: { id: second }, reasons: [] })
    expect(size()).toBe(2)
    const [ended, pinned] = await engine.history('shop')
    expect(ended).toMatchObject({
      cause: 'rollback',
      actor: 'ada',
      message: 'errors',
      from: third,
      to: second,
      revision: { author: 'Bob', message: 'Two' },
      outcome: 'synced',
    })
    expect(pinned).toMatchObject({ cause: 'pin', actor: 'ada', to: second, outcome: 'recorded' })
    await engine.stop()
  })

  test('stays through new commits and drift until somebody unpins', async () => {
    const { engine, source, target, clock, rollback, size, second } = await threeVersions()
    await rollback({ to: 'previous', actor: 'ada' })
    const fourth = source.commit(filesOf({ id: 'web', size: 4 }))
    await clock.advance(120_000)
    expect(size()).toBe(2)
    expect(await engine.status('shop')).toMatchObject({
      sync: 'synced',
      pin: { by: 'ada', revision: { id: second } },
      desired: { id: second },
      latest: { id: fourth.id },
    })
    target.live.edit('web', { size: 99 })
    await clock.advance(120_000)
    expect(size()).toBe(2)
    const sync = await settled(engine.sync('shop', { actor: 'ci' }), clock, 1_000)
    expect(sync).toMatchObject({ value: { outcome: 'synced', revision: { id: second } } })

    await engine.unpin('shop', { actor: 'bob', reason: 'mended' })
    await clock.advance(1_000)
    expect(size()).toBe(4)
    const after = await engine.status('shop')
    expect(after.pin).toBeUndefined()
    expect(after.latest).toBeUndefined()
    expect((await engine.history('shop')).map(({ cause }) => cause).slice(0, 2)).toEqual(['commit', 'unpin'])
    await engine.stop()
  })

  test('stays through a restart, also while the source is out of reach', async () => {
    const { engine, source, store, target, clock, rollback, size, application, second } =
      await threeVersions()
    await rollback({ to: 'previous', actor: 'ada' })
    source.commit(filesOf({ id: 'web', size: 4 }))
    await engine.suspend('shop', { actor: 'test' })
    const again = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
    source.failNext('resolve', new Error('no route to host'), { times: 1_000 })
    again.add(application())
    await again.start()
    await again.resume('shop', { actor: 'test' })
    target.live.edit('web', { size: 99 })
    await clock.advance(120_000)
    expect(size()).toBe(2)
    expect((await again.status('shop')).pin?.revision.id).toBe(second)
    await engine.stop()
    await again.stop()
  })

  test('that a crash cut off is begun by the next engine, for whoever asked', async () => {
    const { engine, store, clock, size, application, first } = await threeVersions()
    await engine.stop()
    // The pin was recorded, and nothing else came of it.
    const { signal } = new AbortController()
    const { epoch } = await store.open({ signal })
    const known = await store.load('shop', { signal })
    if (known === undefined) throw new Error('nothing is recorded')
    const pin = { revision: { id: first }, by: 'ada', at: clock.now(), reason: 'errors' }
    const delta = { head: { ...known.value.head, pin }, set: [], remove: [], history: [] }
    await store.commit('shop', delta, { signal, expected: known.version, epoch })
    const again = createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
    again.add(application('shop', { automated: false }))
    await again.start()
    await clock.advance(5_000)
    expect(size()).toBe(1)
    expect((await again.history('shop'))[0]).toMatchObject({
      cause: 'rollback',
      actor: 'ada',
      message: 'errors',
    })
    await again.stop()
  })

  test('ends the operation that is open, and says so', async () => {
    const { engine, source, target, clock, rollback, size, second } = await threeVersions({
      deadlineMs: 500_000,
    })
    source.commit(filesOf({ id: 'web', size: 4 }))
    target.setHealth('web', { state: 'degraded', message: 'crashes' })
    await clock.advance(15_000)
    const bad = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    const back = rollback({ to: second, actor: 'ada' })
    await clock.advance(500)
    expect(await bad).toMatchObject({ outcome: 'superseded' })
    target.setHealth('web', { state: 'healthy' })
    expect(await back).toMatchObject({ outcome: 'synced' })
    expect(size()).toBe(2)
    await engine.stop()
  })

  test('ends the open operation also where that moves to the very same', async () => {
    const { engine, source, target, clock } = await threeVersions()
    target.setHealth('web', { state: 'progressing' })
    const { id } = source.commit(filesOf({ id: 'web', size: 4 }))
    await clock.advance(15_000)
    const operation = (await engine.status('shop')).operation?.id
    const back = engine.rollback('shop', { to: id, actor: 'ada' })
    await clock.advance(100)
    target.setHealth('web', { state: 'healthy' })
    expect(await settled(back, clock, 5_000)).toMatchObject({ value: { outcome: 'synced' } })
    const history = await engine.history('shop')
    expect(history[0]).toMatchObject({ cause: 'rollback', actor: 'ada', outcome: 'synced' })
    expect(history.find((entry) => entry.operation === operation)).toMatchObject({ outcome: 'superseded' })
    await engine.stop()
  })

  test('to a revision that can be found and not opened pins nothing', async () => {
    const { engine, source, rollback, first, size } = await threeVersions()
    source.failNext('open', new Error('a pack is missing'))
    expect(await rollback({ to: first, actor: 'ada' })).toMatchObject({ outcome: 'failed' })
    expect([size(), (await engine.status('shop')).pin]).toEqual([3, undefined])
    await engine.stop()
  })

  test('goes to what a place in the history, a label, an id or the beginning of one means', async () => {
    const { engine, rollback, size, first, second } = await threeVersions()
    const history = await engine.history('shop')
    const entry = history.find(({ to }) => to === first)
    if (entry === undefined) throw new Error('no entry')
    await rollback({ to: entry, actor: 'ada' })
    expect(size()).toBe(1)
    await rollback({ to: second.slice(0, 7), actor: 'ada' })
    expect(size()).toBe(2)
    await rollback({ to: `memory@${first.slice(0, 7)}`, actor: 'ada' })
    expect(size()).toBe(1)
    await engine.stop()
  })

  test('to the one before again goes to the one before that', async () => {
    const { engine, rollback, size } = await threeVersions()
    await rollback({ to: 'previous', actor: 'ada' })
    expect(size()).toBe(2)
    await rollback({ to: 'previous', actor: 'ada' })
    expect(size()).toBe(1)
    await expect(rollback({ to: 'previous', actor: 'ada' })).rejects.toMatchObject({
      code: 'NO_PREVIOUS_REVISION',
    })
    expect(size()).toBe(1)
    await engine.stop()
  })

  test('to what nobody knows, or could mean several, pins nothing', async () => {
    const { engine, source, rollback, clock } = await threeVersions()
    await expect(rollback({ to: 'nonsense', actor: 'ada' })).rejects.toMatchObject({
      code: 'REVISION_UNKNOWN',
      message: expect.stringContaining('"nonsense"'),
    })
    await expect(rollback({ to: { place: 'x' }, actor: 'ada' })).rejects.toMatchObject({
      code: 'REVISION_UNKNOWN',
    })
    const { id } = source.replaceHistory(filesOf({ id: 'web', size: 9 }))
    await clock.advance(20_000)
    await expect(rollback({ to: 'previous', actor: 'ada' })).rejects.toMatchObject({ code: 'REVISION_GONE' })
    await expect(rollback({ to: 'f'.repeat(40), actor: 'ada' })).rejects.toMatchObject({
      code: 'REVISION_GONE',
    })
    const status = await engine.status('shop')
    expect(status.pin).toBeUndefined()
    expect(status.applied?.id).toBe(id)
    await engine.stop()
  })

  test('while the source fails is a result and not an exception, and pins nothing', async () => {
    const { engine, source, rollback } = await threeVersions()
    source.failNext('find', new Error('no route to host'))
    expect(await rollback({ to: 'previous', actor: 'ada' })).toMatchObject({
      outcome: 'failed',
      reasons: [expect.stringContaining('SOURCE_FAILED')],
    })
    expect((await engine.status('shop')).pin).toBeUndefined()
    await engine.stop()
  })

  test('says when what it renders today is not what ran then', async () => {
    const given = await threeVersions()
    const { engine, application, rollback, clock } = given
    engine.replace(
      application().open((parts) =>
        defineApplication({
          ...parts,
          transforms: [
            (located) =>
              located.map((one) => ({
                ...one,
                manifest: { ...(one.manifest as object), added: true } as never,
              })),
          ],
        }),
      ),
    )
    await clock.advance(5_000)
    const result = await rollback({ to: 'previous', actor: 'ada' })
    expect(result).toMatchObject({
      outcome: 'synced',
      reasons: [expect.stringContaining('ROLLBACK_DIFFERS')],
    })
    expect((await engine.history('shop'))[0]?.reasons).toEqual(result.reasons)
    await engine.stop()
  })

  test('of a suspended application is refused, and neither ends the other', async () => {
    const { engine, rollback, size, clock, source, second } = await threeVersions()
    await rollback({ to: 'previous', actor: 'ada' })
    await engine.suspend('shop', { actor: 'bob' })
    await expect(rollback({ to: 'previous', actor: 'ada' })).rejects.toMatchObject({
      code: 'APPLICATION_SUSPENDED',
    })
    await engine.resume('shop', { actor: 'bob' })
    await clock.advance(1_000)
    expect((await engine.status('shop')).pin?.revision.id).toBe(second)
    source.commit(filesOf({ id: 'web', size: 4 }))
    await engine.suspend('shop', { actor: 'bob' })
    await engine.unpin('shop', { actor: 'ada' })
    await clock.advance(600_000)
    expect(size()).toBe(2)
    expect((await engine.status('shop')).suspended).toMatchObject({ by: 'bob' })
    await engine.resume('shop', { actor: 'bob' })
    await clock.advance(1_000)
    expect(size()).toBe(4)
    await engine.stop()
  })

  test('of two people at once goes to the later one, and the other is told', async () => {
    const { engine, clock, size, first, second } = await threeVersions()
    const ada = engine.rollback('shop', { to: second, actor: 'ada' })
    const bob = engine.rollback('shop', { to: first, actor: 'bob' })
    await clock.advance(1_000)
    expect((await ada).outcome).toBe('superseded')
    expect(await bob).toMatchObject({ outcome: 'synced', revision: { id: first } })
    expect(size()).toBe(1)
    expect((await engine.status('shop')).pin?.by).toBe('bob')
    await engine.stop()
  })

  test('deletes no more than the budget allows', async () => {
    const many = Array.from({ length: 8 }, (_, index) => ({ id: `r${index}` }))
    const { engine, source, clock, start, target } = world({ manifests: [{ id: 'r0' }] })
    await start()
    source.commit(filesOf(...many))
    await clock.advance(20_000)
    const result = await settled(engine.rollback('shop', { to: 'previous', actor: 'ada' }), clock, 1_000)
    expect(result).toMatchObject({
      value: { outcome: 'held', reasons: [expect.stringContaining('PRUNE_BUDGET')] },
    })
    expect(target.live.list()).toHaveLength(8)
    await engine.stop()
  })

  test('keeps nobody from pruning who shares its source', async () => {
    const { engine, source, clock, target } = world({
      files: { 'app/web.json': '{"id":"web"}', 'other/x.json': '{"id":"x"}', 'other/y.json': '{"id":"y"}' },
    })
    const add = (name: string, path: string): void =>
      engine.add(
        defineApplication({
          name,
          source,
          path,
          renderer: jsonRenderer<MemoryManifest>(),
          target,
          sync: { prune: true, intervalMs: 60_000 },
        }),
      )
    add('shop', 'app')
    add('other', 'other')
    await engine.start()
    await clock.advance(1_000)
    source.commit({ 'app/web.json': '{"id":"web","size":2}' })
    await clock.advance(20_000)
    await settled(engine.rollback('shop', { to: 'previous', actor: 'ada' }), clock, 1_000)
    source.commit({ 'other/x.json': null, 'app/web.json': '{"id":"web","size":3}' })
    await clock.advance(20_000)
    expect(target.live.list().toSorted()).toEqual(['web', 'y'])
    await engine.stop()
  })
})
