import { createEngine, defineApplication, jsonRenderer, memoryStore, summary } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, world } from './world.ts'

const many = Array.from({ length: 8 }, (_, index) => ({ id: `r${index}` }))

describe('a resource that somebody keeps changing back', () => {
  test('is contested: told, and healed at a growing distance instead of at machine speed', async () => {
    const { engine, clock, target, start, told } = world()
    await start()
    told.length = 0
    for (let at = 0; at < 120; at++) {
      target.live.edit('a', { by: 'somebody', at })
      await clock.advance(1_000)
    }
    const heals = told.filter((event) => event.type === 'change.applied').length
    expect(heals).toBeGreaterThanOrEqual(5)
    expect(heals).toBeLessThanOrEqual(7)
    expect(told.find((event) => event.type === 'drift.contested')).toMatchObject({
      label: 'a',
      heals: 4,
      causes: [],
    })
    await clock.advance(600_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    await engine.stop()
  })
})

describe('suspending', () => {
  test('stops passes and syncs until resume', async () => {
    const { engine, clock, source, target, start } = world()
    await start()
    await engine.suspend('shop', { actor: 'ada', reason: 'maintenance' })
    source.commit(filesOf({ id: 'c' }))
    target.live.edit('a', { size: 1 })
    await clock.advance(120_000)
    expect(target.live.list()).not.toContain('c')
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 1 })
    expect((await engine.status('shop')).suspended).toMatchObject({ by: 'ada', reason: 'maintenance' })
    await expect(engine.sync('shop', { actor: 'ci' })).rejects.toMatchObject({
      code: 'APPLICATION_SUSPENDED',
    })

    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect(target.live.list()).toContain('c')
    expect((await engine.status('shop')).suspended).toBeUndefined()
    await engine.stop()
  })
})

describe('removing an application', () => {
  test('without pruning leaves its resources and what is recorded', async () => {
    const { engine, clock, target, store, start, application } = world()
    await start()
    await engine.remove('shop', { actor: 'ada', prune: false })
    await clock.advance(120_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    expect(await store.list({ signal: AbortSignal.timeout(1_000) })).toEqual(['shop'])
    await expect(engine.status('shop')).rejects.toMatchObject({ code: 'APPLICATION_UNKNOWN' })
    engine.add(application())
    await clock.advance(1_000)
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced', resources: 2 })
    await engine.stop()
  })

  test('with pruning deletes all it owns and nothing else, whatever the budget', async () => {
    const { engine, clock, target, store, start } = world({ manifests: many, sync: { prune: false } })
    target.live.put({ id: 'foreign' })
    await start()
    const removing = engine.remove('shop', { actor: 'ada', prune: true })
    await clock.advance(1_000)
    expect(await removing).toMatchObject({ outcome: 'synced', counts: { deleted: 8 } })
    expect(target.live.list()).toEqual(['foreign'])
    expect(await store.list({ signal: AbortSignal.timeout(1_000) })).toEqual([])
    await engine.stop()
  })

  test('stops asking a source that nobody reads any more', async () => {
    const { engine, clock, source, start } = world()
    await start()
    await engine.remove('shop', { actor: 'ada', prune: false })
    const before = source.calls.resolve
    await clock.advance(120_000)
    expect(source.calls.resolve).toBe(before)
    await engine.stop()
  })
})

describe('replacing an application', () => {
  test('keeps its resources and history, and follows the new definition', async () => {
    const { engine, clock, target, start, application } = world({ manifests: many, sync: { prune: false } })
    await start()
    engine.replace(
      application('shop').open((parts) =>
        defineApplication({
          ...parts,
          transforms: [(manifests) => manifests.slice(0, 7)],
          sync: { ...parts.sync, prune: true },
        }),
      ),
    )
    await clock.advance(1_000)
    expect(target.live.list()).toHaveLength(7)
    expect(await engine.history('shop')).toHaveLength(2)
    await engine.stop()
  })

  test('with another target is refused before any effect', async () => {
    const { engine, clock, target, start, application } = world()
    await start()
    const elsewhere = memoryTarget({ name: 'elsewhere' })
    engine.replace(application().open((parts) => defineApplication({ ...parts, target: elsewhere as never })))
    await clock.advance(1_000)
    expect(elsewhere.live.list()).toEqual([])
    expect(target.live.list()).toEqual(['a', 'b'])
    expect((await engine.status('shop')).lastError?.code).toBe('TARGET_CHANGED')
    await engine.stop()
  })
})

describe('policies', () => {
  test('without automation a commit is shown and waits for somebody to ask', async () => {
    const { engine, clock, target, start } = world({ sync: { automated: false } })
    await start()
    expect(target.live.list()).toEqual([])
    const status = await engine.status('shop')
    expect(status).toMatchObject({
      sync: 'out-of-sync',
      holds: [{ code: 'NOT_AUTOMATED', holdsOperation: false }],
    })
    const syncing = engine.sync('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect(await syncing).toMatchObject({ outcome: 'synced', counts: { created: 2 } })
    await engine.stop()
  })

  test('without self-healing drift is shown and left', async () => {
    const { engine, clock, target, start } = world({ sync: { selfHeal: false } })
    await start()
    target.live.edit('a', { size: 1 })
    await clock.advance(120_000)
    expect(target.live.get('a')?.manifest).toMatchObject({ size: 1 })
    expect(await engine.status('shop')).toMatchObject({
      sync: 'out-of-sync',
      holds: [{ code: 'SELF_HEAL_OFF' }],
    })
    await engine.stop()
  })

  test('without pruning a plan shows what would be deleted, and the operation ends without it', async () => {
    const { engine, clock, source, target, start } = world({ sync: { prune: false } })
    await start()
    source.commit({ 'app/a.json': null })
    await clock.advance(10_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    expect(await engine.status('shop')).toMatchObject({
      sync: 'out-of-sync',
      holds: [{ code: 'PRUNE_OFF', keys: ['a'] }],
    })
    expect((await engine.history('shop'))[0]).toMatchObject({ outcome: 'synced', counts: { deleted: 0 } })
    expect(summary(await engine.plan('shop'))).toContain('held: PRUNE_OFF')
    await engine.stop()
  })

  test('atomic writes nothing unless every change previews cleanly', async () => {
    const { engine, clock, target, start } = world({ manifests: many, sync: { onFailure: 'atomic' } })
    target.failNext('preview', new Error('would be refused'))
    await start()
    expect(target.live.list()).toEqual([])
    await clock.advance(5_000)
    expect(target.live.list()).toHaveLength(8)
    await engine.stop()
  })

  test('a resource that asks never to be pruned is released', async () => {
    const kept = { id: 'kept', traits: { prune: 'never' } }
    const { engine, clock, source, target, start } = world({ manifests: [...many, kept] })
    await start()
    source.commit({ 'app/kept.json': null })
    await clock.advance(10_000)
    expect(target.live.get('kept')?.owner).toBeUndefined()
    expect(target.live.list()).toContain('kept')
    expect((await engine.status('shop')).resources).toBe(8)
    await engine.stop()
  })
})

describe('a hold that stays', () => {
  test('is told once, not with every pass', async () => {
    const { engine, clock, source, start, told } = world({ manifests: many })
    await start()
    source.commit(Object.fromEntries(many.slice(1).map(({ id }) => [`app/${id}.json`, null])))
    await clock.advance(600_000)
    expect(told.filter((event) => event.type === 'change.held')).toHaveLength(1)
    await engine.stop()
  })
})

describe('misuse', () => {
  test('is refused with a code', async () => {
    const { engine, application } = world()
    engine.add(application())
    expect(() => engine.add(application())).toThrow(expect.objectContaining({ code: 'APPLICATION_EXISTS' }))
    await expect(engine.sync('shop', { actor: 'ci' })).rejects.toMatchObject({ code: 'ENGINE_NOT_STARTED' })
    await expect(engine.sync('nobody', { actor: 'ci' })).rejects.toMatchObject({
      code: 'APPLICATION_UNKNOWN',
    })
    await engine.stop()
    expect(() => engine.add(application('other'))).toThrow(
      expect.objectContaining({ code: 'ENGINE_STOPPED' }),
    )
    await expect(engine.start()).rejects.toMatchObject({ code: 'ENGINE_STOPPED' })
  })

  test.each(['', '../etc', 'a b', 'x'.repeat(64), '-a'])('an application named %j is refused', (name) => {
    const parts = {
      source: memorySource(),
      path: '',
      renderer: jsonRenderer<MemoryManifest>(),
      target: memoryTarget(),
    }
    expect(() => defineApplication({ ...parts, name })).toThrow(
      expect.objectContaining({ code: 'INVALID_APPLICATION' }),
    )
  })

  test.each(['/abs', 'a/../b', './a', 'a//b', 'a/'])('a path %j is refused', (path) => {
    const parts = {
      name: 'shop',
      source: memorySource(),
      renderer: jsonRenderer<MemoryManifest>(),
      target: memoryTarget(),
    }
    expect(() => defineApplication({ ...parts, path })).toThrow(
      expect.objectContaining({ code: 'INVALID_APPLICATION' }),
    )
  })

  test('a caller who gives up gets the own reason, and the operation goes on', async () => {
    const { engine, clock, target, start } = world({ sync: { automated: false } })
    await start()
    const patience = new AbortController()
    const syncing = engine.sync('shop', { actor: 'ci', signal: patience.signal })
    const given = expect(syncing).rejects.toThrow('lunch')
    patience.abort(new Error('lunch'))
    await clock.advance(1_000)
    await given
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })
})

describe('looking before the start', () => {
  test('gives a plan and its differences without any effect', async () => {
    const { engine, target, store, application } = world()
    engine.add(application())
    const plan = await engine.plan('shop')
    expect(plan.changes).toHaveLength(2)
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
    expect((await engine.diff(plan))[0]?.steps).toEqual([{ op: 'add', path: '', after: { id: 'a' } }])
    expect(target.live.list()).toEqual([])
    expect(await store.list({ signal: AbortSignal.timeout(1_000) })).toEqual([])
    await engine.stop()
  })

  test('works on an engine that has never seen its source', async () => {
    const source = memorySource({ files: filesOf({ id: 'x' }) })
    const engine = createEngine({ store: memoryStore() })
    engine.add(
      defineApplication({
        name: 'one',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target: memoryTarget(),
      }),
    )
    expect(await engine.status('one')).toMatchObject({ sync: 'unknown', resources: 0 })
    expect(await engine.history('one')).toEqual([])
    await engine.stop()
  })
})

describe('a sync policy', () => {
  test.each<[string, object]>([
    ['intervalMs', { intervalMs: undefined }],
    ['intervalMs', { intervalMs: 0.001 }],
    ['prune', { prune: 'false' }],
    ['prun', { prun: true }],
    ['ownership', { ownership: 'adopt' }],
    ['pruneBudget', { pruneBudget: { max: 5 } }],
    ['protect', { protect: 'web' }],
    ['concurrency', { concurrency: 0.5 }],
  ])('whose %s cannot be is refused by name: %j', (field, sync) => {
    const parts = { name: 'shop', path: '', source: memorySource(), target: memoryTarget() }
    const define = () =>
      defineApplication({ ...parts, renderer: jsonRenderer<MemoryManifest>(), sync: sync as never })
    expect(define).toThrow(
      expect.objectContaining({ code: 'INVALID_APPLICATION', message: expect.stringContaining(field) }),
    )
  })
})

describe('a loop over events', () => {
  test('ends with the engine', async () => {
    const { engine, start } = world()
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of engine.events({ signal: new AbortController().signal })) seen.push(event.type)
    })()
    await start()
    await engine.stop()
    await reading
    expect(seen).toContain('operation.finished')
  })
})
