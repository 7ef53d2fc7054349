import {
  createEngine,
  defineApplication,
  jsonRenderer,
  MooringError,
  memoryStore,
  type Store,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, world } from './world.ts'

const many = Array.from({ length: 8 }, (_, index) => ({ id: `r${index}` }))

describe('what a renderer leaves out on purpose', () => {
  test('is told once, and again only when it changes', async () => {
    const plain = jsonRenderer<MemoryManifest>()
    const { engine, clock, source, sequence, start } = world({
      renderer: {
        ...plain,
        render: async (input, options) => {
          const rendered = await plain.render(input, options)
          const skipped = rendered.manifests.filter(({ manifest }) => manifest['skip'] === true)
          const manifests = rendered.manifests.filter((located) => !skipped.includes(located))
          return {
            manifests,
            skipped: skipped.map(({ manifest }) => ({ label: manifest.id, reason: 'asks' })),
          }
        },
      },
    })
    await start()
    expect(sequence('manifest.skipped')).toEqual([])
    source.commit(filesOf({ id: 'c', skip: true }))
    await clock.advance(70_000)
    expect(sequence('manifest.skipped', 'plan.made')).toEqual(['manifest.skipped'])
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(70_000)
    expect(sequence('manifest.skipped', 'plan.made')).toEqual(['plan.made'])
    await engine.stop()
  })
})

describe('a commit that cannot be rendered', () => {
  test('changes nothing, names the file, and is over with the next good one', async () => {
    const { engine, clock, source, target, start } = world()
    await start()
    source.commit({ 'app/a.json': '{ "id": "a", ', 'app/new.json': '{ "id": "new" }' })
    await clock.advance(10_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    const broken = await engine.status('shop')
    expect(broken.lastError?.code).toBe('INVALID_JSON')
    expect(broken.lastError?.message).toContain('app/a.json')
    expect(broken.sync).toBe('unknown')
    expect(broken.resources).toBe(2)

    source.commit(filesOf({ id: 'a', fixed: true }))
    await clock.advance(10_000)
    expect(target.live.list().toSorted()).toEqual(['a', 'b', 'new'])
    expect((await engine.status('shop')).lastError).toBeUndefined()
    await engine.stop()
  })

  test('leaves what ran before in force: drift is still undone, and nothing else is done', async () => {
    const { engine, clock, source, target, told, start } = world()
    await start()
    source.commit({ 'app/a.json': 'nonsense', 'app/b.json': null, 'app/new.json': '{ "id": "new" }' })
    await clock.advance(10_000)
    told.length = 0
    target.live.edit('a', { size: 9 })
    target.live.remove('b')
    await clock.advance(5_000)
    expect(target.live.list().toSorted()).toEqual(['a', 'b'])
    const healed = told.flatMap((event) => (event.type === 'change.applied' ? [event.change.reason] : []))
    expect(healed.toSorted()).toEqual(['drift', 'vanished'])
    expect(told.some(({ type }) => type === 'operation.started')).toBe(false)
    expect((await engine.history('shop')).map(({ outcome }) => outcome)).toContain('healed')
    expect(await engine.status('shop')).toMatchObject({
      sync: 'unknown',
      lastError: { code: 'INVALID_JSON' },
    })
    await engine.stop()
  })

  test('leaves drift alone where it is to be left alone', async () => {
    const { engine, clock, source, target, start } = world({ sync: { selfHeal: false } })
    await start()
    source.commit({ 'app/a.json': 'nonsense' })
    await clock.advance(10_000)
    target.live.remove('b')
    await clock.advance(5_000)
    expect(target.live.list()).toEqual(['a'])
    await engine.stop()
  })

  test('is reported to whoever asked for the sync', async () => {
    const { engine, clock, source, start } = world()
    await start()
    source.commit({ 'app/a.json': 'nonsense' })
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    expect(await syncing).toMatchObject({
      outcome: 'failed',
      reasons: [expect.stringContaining('app/a.json')],
    })
    await engine.stop()
  })
})

describe('the desired state', () => {
  test('with one resource twice is an error that names both places', async () => {
    const { engine, source, target, clock, start } = world()
    await start()
    source.commit({ 'app/copy.json': '{ "id": "a", "other": 1 }' })
    await clock.advance(10_000)
    const { lastError } = await engine.status('shop')
    expect(lastError).toMatchObject({ code: 'DUPLICATE_RESOURCE', kind: 'permanent' })
    expect(lastError?.message).toContain('app/a.json')
    expect(lastError?.message).toContain('app/copy.json')
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    await engine.stop()
  })

  test('without any resource is held, and nothing is deleted', async () => {
    const { engine, source, target, clock, start } = world()
    await start()
    source.commit({ 'app/a.json': null, 'app/b.json': null, 'app/README.md': 'empty' })
    await clock.advance(10_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    expect((await engine.status('shop')).holds).toMatchObject([
      { code: 'EMPTY_DESIRED', holdsOperation: true },
    ])
    await engine.stop()
  })

  test('of a path that does not exist is an error, never "empty"', async () => {
    const { engine, source, target, clock, start } = world()
    await start()
    source.commit({ 'app/a.json': null, 'app/b.json': null, 'elsewhere.json': '{}' })
    await clock.advance(10_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    expect((await engine.status('shop')).lastError).toMatchObject({
      code: 'PATH_NOT_FOUND',
      message: expect.stringContaining('app'),
    })
    await engine.stop()
  })

  test('nothing is pruned while a manifest waits', async () => {
    const { engine, source, target, clock, start } = world({ manifests: many })
    await start()
    source.commit({ 'app/r0.json': null, ...filesOf({ id: 'later', waitsFor: 'nobody' }) })
    await clock.advance(10_000)
    expect(target.live.list()).toContain('r0')
    const status = await engine.status('shop')
    expect(status.waiting).toMatchObject([{ label: 'later' }])
    expect(status.holds).toMatchObject([{ code: 'PRUNE_WAITS' }])
    target.live.put({ id: 'nobody' })
    await clock.advance(60_000)
    expect(target.live.list()).not.toContain('r0')
    expect(target.live.list()).toContain('later')
    await engine.stop()
  })
})

describe('a source that fails', () => {
  test('leaves the last good state in force and heals drift meanwhile', async () => {
    const { engine, clock, source, target, start, told } = world()
    await start()
    source.failNext('resolve', new Error('no route to host'), { times: 1_000 })
    await clock.advance(30_000)
    target.live.edit('a', { size: 1 })
    await clock.advance(1_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    expect((await engine.status('shop')).lastError).toMatchObject({
      code: 'SOURCE_FAILED',
      kind: 'transient',
    })
    expect(told.filter((event) => event.type === 'source.failed').length).toBeGreaterThan(1)
    await engine.stop()
  })

  test('from the start leaves status unknown with the reason, and start does not fail', async () => {
    const { engine, source, start, clock } = world()
    source.failNext(
      'resolve',
      new MooringError({ code: 'REPOSITORY_UNREACHABLE', kind: 'transient', message: 'nobody there' }),
    )
    await start()
    const status = await engine.status('shop')
    expect(status).toMatchObject({
      sync: 'unknown',
      health: 'unknown',
      lastError: { code: 'REPOSITORY_UNREACHABLE' },
    })
    await clock.advance(10_000)
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced' })
    await engine.stop()
  })
})

describe('a target that misbehaves', () => {
  test.each(['observe', 'identity', 'prepare'] as const)(
    'and throws at %s shows unknown, changes nothing, and recovers',
    async (method) => {
      const { engine, clock, target, start } = world()
      await start()
      target.failNext(method, new Error('cut off'), { times: 2 })
      target.live.edit('a', { size: 1 })
      await clock.advance(1_000)
      await clock.advance(60_000)
      expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
      expect((await engine.status('shop')).sync).toBe('synced')
      await engine.stop()
    },
  )

  test('and throws at a write leaves the others applied and tries that one again', async () => {
    const { engine, clock, target, start, told } = world({ manifests: many })
    target.failNext('apply', new Error('quota'))
    await start()
    expect(target.live.list()).toHaveLength(7)
    expect(told.find((event) => event.type === 'change.failed')).toMatchObject({
      error: { code: 'TARGET_FAILED' },
    })
    await clock.advance(5_000)
    expect(target.live.list()).toHaveLength(8)
    expect((await engine.history('shop'))[0]).toMatchObject({ outcome: 'synced', counts: { created: 8 } })
    await engine.stop()
  })

  test('and hangs at a write times out, and the key is written again only when that write has ended', async () => {
    const { engine, clock, target, start, told } = world({ sync: { applyTimeoutMs: 1_000 } })
    target.hangNext('apply')
    await start()
    await clock.advance(1_500)
    expect(told.find((event) => event.type === 'change.failed')).toMatchObject({
      error: { code: 'TARGET_TIMEOUT' },
    })
    await clock.advance(10_000)
    expect(target.live.list().toSorted()).toEqual(['a', 'b'])
    expect((await engine.status('shop')).sync).toBe('synced')
    await engine.stop()
  })

  test('and answers nonsense is told so, and nothing is recorded', async () => {
    const { engine, clock, target, application } = world()
    const broken = { ...target, observe: async () => ({ a: 1 }) as never }
    engine.add(application().open((parts) => defineApplication({ ...parts, target: broken as never })))
    await engine.start()
    await clock.advance(1_000)
    expect((await engine.status('shop')).lastError).toMatchObject({
      code: 'TARGET_INVALID_ANSWER',
      kind: 'permanent',
    })
    expect((await engine.status('shop')).resources).toBe(0)
    await engine.stop()
  })

  test('does not delay another application', async () => {
    const clock = simulatedClock()
    const source = memorySource({ files: filesOf({ id: 'a' }) })
    const engine = createEngine({ store: memoryStore(), clock, slots: 2 })
    const hanging = memoryTarget({ name: 'hanging' })
    const good = memoryTarget({ name: 'good' })
    hanging.hangNext('observe', { times: 100 })
    for (const target of [hanging, good]) {
      engine.add(
        defineApplication({
          name: target.name,
          source,
          path: 'app',
          renderer: jsonRenderer<MemoryManifest>(),
          target,
        }),
      )
    }
    await engine.start()
    await clock.advance(100)
    expect(good.live.list()).toEqual(['a'])
    const stopping = engine.stop({ drainMs: 1 })
    await clock.advance(100_000)
    await stopping
  })
})

describe('an operation', () => {
  test('waits for health without a worker, and ends when a health event arrives', async () => {
    const { engine, clock, target, start } = world({ manifests: [{ id: 'ns' }, { id: 'ns/web' }] })
    await start()
    target.setHealth('ns/web', { state: 'progressing', message: 'rolling out' })
    const syncing = engine.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    target.setHealth('ns/web', { state: 'healthy' })
    await clock.advance(1_000)
    expect(await syncing).toMatchObject({ outcome: 'synced' })
    await engine.stop()
  })

  test('applies a stage only when what it depends on is healthy', async () => {
    const { clock, source, engine, target: plain } = world({ manifests: [{ id: 'ns' }, { id: 'ns/web' }] })
    await engine.stop()
    const target = memoryTarget({ health: { state: 'progressing' } })
    const second = createEngine({ store: memoryStore(), clock, installation: 'test' })
    second.add(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target,
      }),
    )
    await second.start()
    await clock.advance(1_000)
    expect(target.live.list()).toEqual(['ns'])
    target.setHealth('ns', { state: 'healthy' })
    await clock.advance(1_000)
    expect(target.live.list()).toEqual(['ns', 'ns/web'])
    expect((await second.status('shop')).operation).toBeDefined()
    target.setHealth('ns/web', { state: 'healthy' })
    await clock.advance(1_000)
    expect((await second.status('shop')).operation).toBeUndefined()
    expect(plain.live.list()).toEqual([])
    await second.stop()
  })

  test('times out when health never comes, and says what it waited for', async () => {
    const { clock, source, engine } = world()
    await engine.stop()
    const target = memoryTarget({ health: { state: 'progressing', message: 'pulling' } })
    const second = createEngine({ store: memoryStore(), clock, installation: 'test' })
    const sync = { deadlineMs: 30_000 }
    second.add(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target,
        sync,
      }),
    )
    await second.start()
    await clock.advance(40_000)
    const [latest] = await second.history('shop')
    expect(latest).toMatchObject({
      outcome: 'timed-out',
      reasons: expect.arrayContaining(['a is progressing: pulling']),
    })
    await second.stop()
  })

  test('is superseded by a newer desired state', async () => {
    const { clock, source, engine } = world()
    await engine.stop()
    const target = memoryTarget({ health: { state: 'progressing' } })
    const second = createEngine({ store: memoryStore(), clock, installation: 'test' })
    second.add(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target,
      }),
    )
    await second.start()
    const syncing = second.sync('shop', { actor: 'ci' })
    await clock.advance(1_000)
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(60_000)
    expect(await syncing).toMatchObject({ outcome: 'superseded' })
    expect((await second.history('shop'))[0]).toMatchObject({ outcome: 'superseded' })
    await second.stop()
  })
})

describe('a store that fails', () => {
  test('while it is read or written is told, stops no application for good, and loses nothing', async () => {
    const { clock, source, target, store, engine, application } = world()
    await engine.stop()
    let failures = 3
    const failing = async (): Promise<never> => {
      failures--
      throw new Error('disk gone')
    }
    const flaky: Store = {
      ...store,
      load: (...args) => (failures > 0 ? failing() : store.load(...args)),
      commit: (...args) => (failures > 0 ? failing() : store.commit(...args)),
    }
    const second = createEngine({ store: flaky, clock, installation: 'test', random: () => 0.5 })
    second.add(application())
    await second.start()
    const syncing = second.sync('shop', { actor: 'ci' })
    await clock.advance(100)
    expect((await syncing).outcome).toBe('failed')
    await clock.advance(60_000)
    expect(target.live.list().toSorted()).toEqual(['a', 'b'])
    failures = 1
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(60_000)
    expect(target.live.list()).toContain('c')
    expect(await second.status('shop')).toMatchObject({ sync: 'synced', resources: 3 })
    await second.stop()
  })
})

describe('after a failure', () => {
  test('drift does not overtake the backoff, and a person does', async () => {
    const { engine, clock, target, start, told } = world()
    await start()
    target.failNext('observe', new Error('overloaded'), { times: 1_000 })
    await clock.advance(600_000)
    told.length = 0
    for (let at = 0; at < 100; at++) {
      target.live.edit('a', { at })
      await clock.advance(10)
    }
    expect(told.filter((event) => event.type === 'pass.started').length).toBeLessThanOrEqual(1)
    const syncing = engine.sync('shop', { actor: 'ada' })
    await clock.advance(10)
    expect((await syncing).outcome).toBe('failed')
    await engine.stop()
  })
})
