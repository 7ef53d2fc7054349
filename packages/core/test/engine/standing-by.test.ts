import {
  type Clock,
  createEngine,
  defineApplication,
  type EngineEvent,
  type EngineOptions,
  jsonRenderer,
  lend,
  memoryStore,
  type Store,
  type Target,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, settled } from './world.ts'

const ttlMs = 15_000
const hourMs = 3_600_000

/** What several engines share, each with a clock of its own: a clock that stands still is a process that is paused. */
function harbour(store: Store = memoryStore()) {
  const source = memorySource({ files: filesOf({ id: 'a' }), pollMs: 1_000 })
  const target = memoryTarget()
  const engineOf = (
    holder: string,
    options: Partial<EngineOptions> & { readonly target?: Target<MemoryManifest> } = {},
  ) => {
    const clock = simulatedClock(Date.UTC(2026, 0, 1) + (holder === 'second' ? 9 * hourMs : 0))
    const { target: own = target, ...rest } = options
    const engine = createEngine({
      store: lend(store),
      clock,
      installation: 'test',
      random: () => 0.5,
      lease: { holder, ttlMs },
      ...rest,
    })
    engine.add(
      defineApplication({
        name: 'shop',
        source: lend(source),
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target: lend(own),
        sync: { intervalMs: 60_000, selfHeal: true },
      }),
    )
    const told: EngineEvent[] = []
    for (const type of ['engine.standby', 'engine.started', 'engine.superseded', 'change.applied'] as const)
      engine.on(type, (event) => void told.push({ type, ...event } as EngineEvent))
    const start = async (): Promise<void> => {
      const starting = engine.start()
      await clock.advance(100)
      await starting
    }
    const stop = async (): Promise<void> => {
      const stopping = engine.stop()
      await clock.advance(100)
      await stopping
    }
    return { engine, clock, start, stop, sequence: () => told.splice(0).map(({ type }) => type) }
  }
  return { store, source, target, engineOf }
}

describe('a second engine on a store', () => {
  test('stands by while the first one is there, however far their wall clocks are apart', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    await second.start()
    for (let seconds = 0; seconds < 120; seconds++) {
      second.clock.jump(seconds % 2 === 0 ? hourMs : -2 * hourMs)
      await first.clock.advance(1_000)
      await second.clock.advance(1_000)
    }
    expect(second.engine.role()).toEqual({ role: 'standing-by', holder: 'first' })
    expect(second.sequence()).toEqual(['engine.standby'])
    expect(first.engine.role()).toEqual({ role: 'running' })
    await first.stop()
    await second.stop()
  })

  test('takes over at once when the first one stops', async () => {
    const { engineOf, source, target } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    await second.start()
    await first.stop()
    source.commit(filesOf({ id: 'a', size: 2 }))
    await second.clock.advance(ttlMs / 10 + 100)
    expect(second.sequence()).toEqual(['engine.standby', 'engine.started', 'change.applied'])
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 2 })
    await second.stop()
  })

  test('takes over from one that is gone once its lease has not changed for the time to live', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    await second.start()
    await second.clock.advance(ttlMs - 200)
    expect(second.engine.role()).toMatchObject({ role: 'standing-by' })
    await second.clock.advance(ttlMs / 10 + 300)
    expect(second.engine.role()).toEqual({ role: 'running' })
    await second.stop()
  })

  test('does not take a pause of its own for the silence of the first one', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    let pausedMs = 0
    const inner = simulatedClock()
    const clock: Clock = { ...inner, monotonic: () => inner.monotonic() + pausedMs }
    const second = engineOf('second', { clock })
    await first.start()
    const starting = second.engine.start()
    await inner.advance(100)
    await starting
    await first.clock.advance(10 * ttlMs)
    pausedMs = 10 * ttlMs
    await inner.advance(ttlMs / 10)
    expect(second.engine.role()).toMatchObject({ role: 'standing-by', holder: 'first' })
    await first.stop()
    const stopping = second.engine.stop()
    await inner.advance(100)
    await stopping
  })

  test('shows what the first one has done, each time anew', async () => {
    const { engineOf, source } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    await second.start()
    expect((await second.engine.status('shop')).resources).toBe(1)
    expect(await second.engine.history('shop')).toHaveLength(1)
    source.commit(filesOf({ id: 'a' }, { id: 'b' }))
    expect((await second.engine.plan('shop')).changes).toMatchObject([{ key: 'b', action: 'create' }])
    await first.clock.advance(5_000)
    expect(await second.engine.status('shop')).toMatchObject({
      resources: 2,
      sync: 'unknown',
      lastError: { code: 'ENGINE_STANDING_BY' },
    })
    expect((await second.engine.plan('shop')).changes).toEqual([])
    await first.stop()
    await second.stop()
  })

  test('records nothing, and names who does', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    await second.start()
    const { engine } = second
    const by = { actor: 'ada' }
    const asked = [
      () => engine.sync('shop', by),
      () => engine.suspend('shop', by),
      () => engine.resume('shop', by),
      () => engine.keep('shop', by),
      () => engine.remove('shop', { ...by, prune: true }),
    ]
    for (const ask of asked)
      await expect(ask()).rejects.toMatchObject({
        code: 'ENGINE_STANDING_BY',
        message: expect.stringContaining('first'),
      })
    await first.stop()
    await second.stop()
  })
})

describe('an engine that lost its store', () => {
  test('starts no more writes, tells it, and stands by', async () => {
    const { engineOf, source, target } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    await second.start()
    await second.clock.advance(2 * ttlMs)
    expect(second.engine.role()).toEqual({ role: 'running' })
    // The first one goes on where it was paused.
    source.commit(filesOf({ id: 'a', size: 2 }))
    first.sequence()
    await first.clock.advance(ttlMs / 2)
    expect(first.sequence()).toEqual(['engine.superseded', 'engine.standby'])
    expect(first.engine.role()).toEqual({ role: 'standing-by', holder: 'second' })
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    expect((await first.engine.status('shop')).lastError).toMatchObject({ code: 'ENGINE_STANDING_BY' })
    await second.stop()
    await first.clock.advance(ttlMs / 10 + 100)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 2 })
    expect(await first.engine.status('shop')).toMatchObject({ sync: 'synced' })
    expect((await first.engine.status('shop')).lastError).toBeUndefined()
    await first.stop()
  })

  test('starts no write after a pause, although nobody has told it anything', async () => {
    let pausedMs = 0
    const inner = simulatedClock()
    const clock: Clock = { ...inner, monotonic: () => inner.monotonic() + pausedMs }
    const memory = memoryStore()
    const store: Store = {
      ...memory,
      commit: async (...given) => {
        const version = await memory.commit(...given)
        // Paused between what is about to happen and its happening, for so long that another one takes over.
        pausedMs = ttlMs
        const lease = { holder: 'other', ttlMs, after: await versionOf(memory) }
        await memory.open({ signal: given[2].signal, lease })
        return version
      },
    }
    const applied: number[] = []
    const { engineOf, target } = harbour(store)
    const watched: Target<MemoryManifest> = {
      ...target,
      apply: (change, call) => {
        applied.push(pausedMs)
        return target.apply(change, call)
      },
    }
    const only = engineOf('only', { clock, target: watched })
    await only.engine.start()
    await inner.advance(0)
    expect(pausedMs).toBe(ttlMs)
    expect(applied).toEqual([])
    expect(only.sequence()).toEqual(['engine.started', 'engine.superseded', 'engine.standby'])
    expect(only.engine.role()).toEqual({ role: 'standing-by', holder: 'other' })
    const stopping = only.engine.stop()
    await inner.advance(100)
    await stopping
  })

  test('that nobody answers stops writing in time, and goes on when the store is back', async () => {
    const memory = memoryStore()
    let isOut = false
    const unlessOut = <Value>(answer: Promise<Value>): Promise<Value> =>
      isOut ? Promise.reject(new Error('disk on fire')) : answer
    const leases = memory.lease as NonNullable<Store['lease']>
    const { engineOf, source, target } = harbour({
      ...memory,
      load: (...given) => unlessOut(memory.load(...given)),
      lease: {
        ...leases,
        read: (options) => unlessOut(leases.read(options)),
        renew: (options) => unlessOut(leases.renew(options)),
      },
    })
    const only = engineOf('only')
    await only.start()
    isOut = true
    await only.clock.advance(ttlMs)
    expect(only.engine.role()).toMatchObject({ role: 'standing-by', error: { code: 'STORE_FAILED' } })
    source.commit(filesOf({ id: 'a', size: 2 }))
    await only.clock.advance(ttlMs)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    isOut = false
    await only.clock.advance(ttlMs)
    expect(only.engine.role()).toEqual({ role: 'running' })
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 2 })
    await only.stop()
  })

  test('ends a sync that waits, and says where it goes on', async () => {
    const { engineOf, target, store } = harbour()
    const first = engineOf('first')
    await first.start()
    target.hangNext('apply', { when: 'before' })
    target.live.put({ id: 'a', size: 7 })
    const syncing = first.engine.sync('shop', { actor: 'ada' })
    const ended = settled(syncing, first.clock, 2 * ttlMs)
    await store.open({
      signal: AbortSignal.timeout(1_000),
      lease: { holder: 'other', ttlMs, after: await versionOf(store) },
    })
    expect(await ended).toMatchObject({ error: { code: 'ENGINE_STANDING_BY' } })
    await first.stop()
  })

  test('and was made without a lease stays where it is until it is started again', async () => {
    const { engineOf, source, target, store } = harbour()
    const bare = engineOf('bare', { lease: false })
    await bare.start()
    await store.open({ signal: AbortSignal.timeout(1_000) })
    source.commit(filesOf({ id: 'a', size: 2 }))
    await bare.clock.advance(hourMs)
    expect(bare.engine.role()).toMatchObject({ role: 'superseded', error: { code: 'SUPERSEDED' } })
    await expect(bare.engine.sync('shop', { actor: 'ada' })).rejects.toMatchObject({ code: 'SUPERSEDED' })
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a' })
    await bare.start()
    await bare.clock.advance(5_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 2 })
    await bare.stop()
  })
})

describe('the lease', () => {
  test('is taken at once by an engine that finds it under its own name', async () => {
    const { engineOf } = harbour()
    const killed = engineOf('pod-0')
    await killed.start()
    const again = engineOf('pod-0')
    await again.start()
    expect(again.sequence()).toContain('engine.started')
    await again.stop()
  })

  test('is taken at once by an engine that is told to, and the other one stands by', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    const second = engineOf('second', { lease: { holder: 'second', ttlMs, takeOver: true } })
    await first.start()
    await second.start()
    expect(second.engine.role()).toEqual({ role: 'running' })
    await first.clock.advance(ttlMs)
    await second.clock.advance(ttlMs)
    expect(first.engine.role()).toEqual({ role: 'standing-by', holder: 'second' })
    expect(second.engine.role()).toEqual({ role: 'running' })
    await second.stop()
    await first.stop()
  })

  test('is given back only when nothing of the engine runs any more', async () => {
    const { engineOf, target, store } = harbour()
    const first = engineOf('first')
    target.hangNext('apply', { when: 'before' })
    await first.start()
    const stopping = first.engine.stop({ drainMs: 30_000 })
    await first.clock.advance(29_000)
    expect(await versionOf(store)).toBeDefined()
    await first.clock.advance(10_000)
    await stopping
    expect(await versionOf(store)).toBeUndefined()
  })

  test('of another engine keeps nobody from stopping', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    await second.start()
    await second.stop()
    expect(second.engine.role()).toEqual({ role: 'stopped' })
    expect(first.engine.role()).toEqual({ role: 'running' })
    await first.stop()
  })

  test('is the default only where what is stored lasts', async () => {
    const { engineOf, store } = harbour()
    const defaults = { lease: undefined } as unknown as Partial<EngineOptions>
    const plain = engineOf('plain', defaults)
    await plain.start()
    expect(await versionOf(store)).toBeUndefined()
    await plain.stop()
    const lasting = harbour({ ...memoryStore(), supports: { durable: true, lease: true } })
    const engine = lasting.engineOf('lasting', defaults)
    await engine.start()
    expect(await versionOf(lasting.store)).toBeDefined()
    await engine.stop()
  })

  test.for([
    ['no name', { holder: '' }],
    ['a time too short to renew it in', { ttlMs: 10 }],
  ] as const)('is refused with %s', ([, lease]) => {
    expect(() => createEngine({ store: memoryStore(), lease })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })

  test('is refused where the store has none', () => {
    const { lease: _, ...store } = memoryStore()
    expect(() => createEngine({ store: { ...store, supports: { durable: true } }, lease: {} })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})

const versionOf = async (store: Store): Promise<string> =>
  (await store.lease?.read({ signal: AbortSignal.timeout(1_000) }))?.version as string

describe('an engine that is not started', () => {
  test('records no decision beside one that runs, and says which one that is', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    const asked = second.engine.suspend('shop', { actor: 'ada' }).catch((error: unknown) => error)
    for (let turn = 0; turn < 10; turn++) {
      await first.clock.advance(ttlMs / 10)
      await second.clock.advance(ttlMs / 10)
    }
    expect(await asked).toMatchObject({ code: 'LEASE_HELD', message: expect.stringContaining('first') })
    expect((await first.engine.status('shop')).suspended).toBeUndefined()
    await first.stop()
    await second.stop()
  })

  test('records it where the one that ran was killed, once its lease has run out', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    const asked = second.engine.suspend('shop', { actor: 'ada' })
    await second.clock.advance(ttlMs + ttlMs / 10)
    await asked
    expect((await second.engine.status('shop')).suspended).toMatchObject({ by: 'ada' })
    await second.stop()
  })

  test('records it at once where nobody has the store', async () => {
    const { engineOf } = harbour()
    const first = engineOf('first')
    const second = engineOf('second')
    await first.start()
    await first.stop()
    await second.engine.suspend('shop', { actor: 'ada' })
    expect((await second.engine.status('shop')).suspended).toMatchObject({ by: 'ada' })
    await second.stop()
  })
})
