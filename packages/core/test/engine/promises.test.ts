import { createEngine, defineApplication, jsonRenderer, lend, memoryStore, type Store } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, world } from './world.ts'

const many = Array.from({ length: 8 }, (_, index) => ({ id: `r${index}` }))

describe('triggers', () => {
  test('that come in a storm coalesce, and the last of them is followed by a pass', async () => {
    const { engine, clock, source, target, start, told } = world()
    await start()
    told.length = 0
    for (let at = 0; at < 10_000; at++) target.live.edit('a', { size: at })
    source.commit(filesOf({ id: 'b', last: true }))
    engine.refresh()
    await clock.advance(1_000)
    const passes = told.filter((event) => event.type === 'pass.started').length
    expect(passes).toBeLessThan(10)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    expect(target.live.get('b')?.manifest).toEqual({ id: 'b', last: true })
    await engine.stop()
  })

  test('that come during a pass are followed by another one', async () => {
    const { engine, clock, target, start, told } = world({ sync: { readTimeoutMs: 5_000 } })
    await start()
    target.hangNext('observe')
    target.live.edit('a', { size: 1 })
    await clock.advance(100)
    told.length = 0
    target.live.edit('b', { size: 2 })
    await clock.advance(5_100)
    expect(told.some((event) => event.type === 'pass.started')).toBe(true)
    await clock.advance(10_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    expect(target.live.get('b')?.manifest).toEqual({ id: 'b' })
    await engine.stop()
  })
})

describe('in steady state', () => {
  test('a poll is one question to the source, and nothing is rendered or written', async () => {
    const { engine, clock, source, target, store } = world()
    let commits = 0
    const commit: Store['commit'] = (...args) => {
      commits++
      return store.commit(...args)
    }
    const counting: Store = { ...store, commit }
    await engine.stop()
    const watched = createEngine({ store: counting, clock, installation: 'test', random: () => 0.5 })
    for (const name of ['one', 'two', 'three']) {
      watched.add(
        defineApplication({
          name,
          source,
          path: 'app',
          renderer: jsonRenderer<MemoryManifest>(),
          target: memoryTarget({ name }),
        }),
      )
    }
    await watched.start()
    await clock.advance(1_000)
    const before = { commits, polls: source.calls.resolve, opens: source.calls.open }
    await clock.advance(600_000)
    expect(commits).toBe(before.commits)
    expect(source.calls.open).toBe(before.opens)
    expect(source.calls.resolve - before.polls).toBe(60)
    expect(target.live.list()).toEqual([])
    await watched.stop()
  })

  test('drift is noticed within the interval although the watch has died in silence', async () => {
    const { engine, clock, source } = world()
    await engine.stop()
    const { watch: _, ...blind } = memoryTarget()
    const second = createEngine({ store: memoryStore(), clock, installation: 'test' })
    const sync = { intervalMs: 60_000 }
    second.add(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target: blind,
        sync,
      }),
    )
    await second.start()
    await clock.advance(100)
    blind.live.edit('a', { size: 3 })
    await clock.advance(30_000)
    expect(blind.live.get('a')?.manifest).toEqual({ id: 'a', size: 3 })
    await clock.advance(40_000)
    expect(blind.live.get('a')?.manifest).toEqual({ id: 'a' })
    await second.stop()
  })
})

describe('the clock', () => {
  test.each([86_400_000, -86_400_000])(
    'jumping by %i ms starts no storm and skips no interval',
    async (jump) => {
      const { engine, clock, start, told } = world()
      await start()
      clock.jump(jump)
      told.length = 0
      await clock.advance(300_000)
      const passes = told.filter((event) => event.type === 'pass.started').length
      expect(passes).toBeGreaterThanOrEqual(4)
      expect(passes).toBeLessThanOrEqual(6)
      await engine.stop()
    },
  )
})

describe('secrets', () => {
  const canary = 'c4n4ry-value-nobody-may-see'

  test('stand in no plan, diff, event, status, history or state', async () => {
    const { engine, clock, source, target, store, start, told } = world({
      manifests: [{ id: 'token', secret: canary }],
      sync: { selfHeal: false },
    })
    target.failNext('apply', new Error('refused'))
    await start()
    await clock.advance(10_000)
    source.commit(filesOf({ id: 'token', secret: `${canary}-2` }))
    await clock.advance(10_000)
    target.live.edit('token', { secret: `${canary}-3` })
    const plan = await engine.plan('shop')
    const said = {
      told,
      plan,
      diff: await engine.diff(plan),
      status: await engine.status('shop'),
      history: await engine.history('shop'),
      state: [...((await store.load('shop', { signal: AbortSignal.timeout(1_000) }))?.value.inventory ?? [])],
    }
    expect(plan.changes).toHaveLength(1)
    expect(JSON.stringify(said)).not.toContain(canary)
    await engine.stop()
  })

  test('have other digests in another installation', async () => {
    const digests = await Promise.all(
      [1, 2].map(async () => {
        const { engine, start, target } = world({
          manifests: [{ id: 'token', secret: canary }],
          sync: { automated: false },
        })
        await start()
        const plan = await engine.plan('shop')
        await engine.stop()
        expect(target.live.list()).toEqual([])
        return plan.changes[0]?.to
      }),
    )
    expect(digests[0]).not.toBe(digests[1])
  })
})

describe('listeners', () => {
  test('that throw, reject or stop the world break nothing and are told', async () => {
    const { engine, clock, source, target, start, told } = world()
    engine.on('plan.made', () => {
      throw new Error('bad listener')
    })
    engine.on('change.applied', async () => {
      throw new Error('bad async listener')
    })
    await start()
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(10_000)
    expect(target.live.list()).toContain('c')
    const failures = told.filter((event) => event.type === 'listener.failed').map((event) => event.message)
    expect(failures).toContain('bad listener')
    expect(failures).toContain('bad async listener')
    await engine.stop()
  })
})

describe('stopping', () => {
  test('lets a running pass finish, and nothing starts afterwards', async () => {
    const { engine, clock, target, start, told } = world({ sync: { applyTimeoutMs: 5_000 } })
    target.hangNext('apply')
    await start()
    const stopping = engine.stop({ drainMs: 60_000 })
    await clock.advance(5_000)
    await stopping
    told.length = 0
    target.live.put({ id: 'a', late: true })
    await clock.advance(600_000)
    expect(told).toEqual([])
    expect(clock.pending()).toBe(0)
  })

  test('aborts what does not finish within its deadline', async () => {
    const { engine, clock, target, start } = world({ sync: { applyTimeoutMs: 600_000 } })
    target.hangNext('apply')
    await start()
    const stopping = engine.stop({ drainMs: 1_000 })
    await clock.advance(10_000)
    await stopping
    expect(clock.pending()).toBe(0)
  })

  test('is forced by a second call', async () => {
    const { engine, clock, target, start } = world({ sync: { applyTimeoutMs: 600_000 } })
    target.hangNext('apply')
    await start()
    const first = engine.stop({ drainMs: 600_000 })
    const second = engine.stop()
    await clock.advance(10_000)
    await Promise.all([first, second])
    expect(clock.now()).toBeLessThan(Date.UTC(2026, 0, 1) + 60_000)
  })

  test('ends a sync that waits', async () => {
    const { engine, clock, start } = world()
    await start()
    const syncing = engine.sync('shop', { actor: 'ci' })
    const refused = expect(syncing).rejects.toMatchObject({ code: 'ENGINE_STOPPED' })
    const stopping = engine.stop()
    await clock.advance(10_000)
    await stopping
    await refused
  })
})

describe('an engine that comes after another one', () => {
  test('on the same store goes on where that one was cut off', async () => {
    const clock = simulatedClock()
    const source = memorySource({ files: filesOf(...many) })
    const target = memoryTarget()
    const store = memoryStore()
    const sync = { prune: true, applyTimeoutMs: 600_000, concurrency: 2 }
    const make = () => {
      const engine = createEngine({ store: lend(store), clock, installation: 'test' })
      engine.add(
        defineApplication({
          name: 'shop',
          source: lend(source),
          path: 'app',
          renderer: jsonRenderer<MemoryManifest>(),
          target: lend(target),
          sync,
        }),
      )
      return engine
    }
    const first = make()
    target.hangNext('apply', { when: 'after' })
    await first.start()
    await clock.advance(100)
    const stopping = first.stop({ drainMs: 10 })
    await clock.advance(10_000)
    await stopping

    const second = make()
    await second.start()
    await clock.advance(1_000)
    expect(target.live.list().toSorted()).toEqual(many.map(({ id }) => id))
    const status = await second.status('shop')
    expect(status).toMatchObject({ sync: 'synced', resources: 8 })
    await second.stop()
  })

  test('on the same store fences off the one before, which starts no more writes', async () => {
    const clock = simulatedClock()
    const source = memorySource({ files: filesOf({ id: 'a' }), pollMs: 1_000 })
    const target = memoryTarget()
    const store = memoryStore()
    const old = createEngine({ store: lend(store), clock, installation: 'test' })
    old.add(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target,
      }),
    )
    await old.start()
    await clock.advance(100)
    await store.open({ signal: AbortSignal.timeout(1_000) })
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(5_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    expect((await old.status('shop')).lastError?.code).toBe('SUPERSEDED')
    await old.stop()
  })
})

describe('what is not ours', () => {
  test('is never deleted, although a crash left an intent for it', async () => {
    const { engine, clock, source, target, start } = world({ manifests: many })
    target.failNext('apply', new Error('lost connection'))
    await start()
    // Somebody else makes the very resource whose creation failed.
    const missing = many.map(({ id }) => id).find((id) => target.live.get(id) === undefined) as string
    target.live.put({ id: missing, theirs: true })
    source.commit({ [`app/${missing}.json`]: null })
    await clock.advance(60_000)
    expect(target.live.get(missing)?.manifest).toEqual({ id: missing, theirs: true })
    expect((await engine.status('shop')).resources).toBe(7)
    await engine.stop()
  })

  test('is forgotten, not deleted, when another incarnation has taken its place', async () => {
    const { engine, clock, source, target, start } = world({ manifests: many, sync: { selfHeal: false } })
    await start()
    target.live.put({ id: 'r0', theirs: true })
    await clock.advance(1_000)
    source.commit({ 'app/r0.json': null })
    await clock.advance(60_000)
    expect(target.live.get('r0')?.manifest).toEqual({ id: 'r0', theirs: true })
    expect((await engine.status('shop')).resources).toBe(7)
    await engine.stop()
  })

  test('and carries the mark of another application is held under every policy but adopt-all', async () => {
    const { engine, clock, target, start } = world({ sync: { ownership: 'adopt-unowned' } })
    target.live.put({ id: 'a', theirs: true }, { owner: { installation: 'test', application: 'other' } })
    target.live.put({ id: 'b', nobodys: true })
    await start()
    await clock.advance(1_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', theirs: true })
    expect(target.live.get('b')?.manifest).toEqual({ id: 'b' })
    const { holds } = await engine.status('shop')
    expect(holds).toMatchObject([
      { code: 'NOT_OWNED', message: expect.stringContaining('application other') },
    ])
    await engine.stop()
  })
})
