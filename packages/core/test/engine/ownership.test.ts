import {
  createEngine,
  crudTarget,
  defineApplication,
  jsonRenderer,
  lend,
  memoryStore,
  type SyncPolicy,
  type Target,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, world } from './world.ts'

const many = Array.from({ length: 8 }, (_, index) => ({ id: `r${index}` }))

describe('a mark that somebody took off', () => {
  test('is put back', async () => {
    const { engine, clock, target, start } = world({ manifests: many })
    await start()
    const { manifest } = target.live.get('r0') as { manifest: MemoryManifest }
    const uid = target.live.get('r0')?.uid
    target.live.strip('r0')
    expect(target.live.get('r0')).toMatchObject({ manifest, uid })
    expect(target.live.get('r0')?.owner).toBeUndefined()
    await clock.advance(1_000)
    expect(target.live.get('r0')?.owner).toEqual({ installation: 'test', application: 'shop' })
    await engine.stop()
  })

  test('is told when the resource leaves the desired state, which neither deletes nor forgets it', async () => {
    const { engine, clock, source, target, start } = world({ manifests: many, sync: { selfHeal: false } })
    await start()
    target.live.strip('r0')
    source.commit({ 'app/r0.json': null })
    await clock.advance(60_000)
    expect(target.live.list()).toContain('r0')
    expect(await engine.status('shop')).toMatchObject({
      sync: 'out-of-sync',
      resources: 8,
      holds: [{ code: 'NOT_PROVEN', keys: ['r0'] }],
    })
    source.commit(filesOf({ id: 'r0' }))
    await clock.advance(60_000)
    await engine.sync('shop', { actor: 'ada', timeoutMs: 1 }).catch(() => undefined)
    expect((await engine.status('shop')).holds).not.toMatchObject([{ code: 'NOT_OWNED' }])
    await engine.stop()
  })
})

describe('a look by a second engine', () => {
  test('at the same store fences nobody off', async () => {
    const { engine, clock, source, store, target, start } = world()
    await start()
    const looker = createEngine({ store: lend(store), clock, installation: 'test' })
    looker.add(
      defineApplication({
        name: 'shop',
        source: lend(source),
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target: lend(target),
      }),
    )
    expect((await looker.plan('shop')).changes).toEqual([])
    expect((await looker.status('shop')).resources).toBe(2)
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(10_000)
    expect(target.live.list()).toContain('c')
    expect((await engine.status('shop')).sync).toBe('synced')
    await looker.stop()
    await engine.stop()
  })
})

describe('after a lost store', () => {
  const restart = async (sync: Partial<SyncPolicy>) => {
    const clock = simulatedClock()
    const source = memorySource({ files: filesOf(...many) })
    const target = memoryTarget()
    const start = async () => {
      const engine = createEngine({ store: memoryStore(), clock, installation: 'test' })
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
      await engine.start()
      await clock.advance(1_000)
      return engine
    }
    await (await start()).stop()
    return { clock, source, target, start }
  }

  test('what carries our mark is recognised, and what left the desired state meanwhile is pruned', async () => {
    const { source, target, start } = await restart({ prune: true })
    target.live.put({ id: 'foreign' })
    source.commit({ 'app/r0.json': null })
    const engine = await start()
    expect(target.live.list()).not.toContain('r0')
    expect(target.live.list()).toContain('foreign')
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced', resources: 7, holds: [] })
    await engine.stop()
  })

  test('pruning is held by the same guards as ever', async () => {
    const { source, target, start } = await restart({ prune: true })
    source.commit(Object.fromEntries(many.slice(1).map(({ id }) => [`app/${id}.json`, null])))
    const engine = await start()
    expect(target.live.list()).toHaveLength(8)
    expect((await engine.status('shop')).holds).toMatchObject([{ code: 'PRUNE_BUDGET' }])
    await engine.stop()
  })
})

describe('a target without marks', () => {
  interface Row {
    readonly id: string
    readonly value?: string
    readonly secret?: string
  }
  const table = () => {
    const rows = new Map<string, Row>()
    const target: Target<Row> = crudTarget<Row>({
      name: 'table',
      key: ({ id }) => id,
      read: async (id) => rows.get(id),
      create: async (row) => void rows.set(row.id, row),
      update: async (row) => void rows.set(row.id, row),
      delete: async (id) => void rows.delete(id),
    })
    return { rows, target }
  }
  const rowsOf = (...rows: readonly Row[]) =>
    Object.fromEntries(rows.map((row) => [`app/${row.id}.json`, JSON.stringify(row)]))

  test('loses a field that left the manifest', async () => {
    const { rows, target } = table()
    const source = memorySource({ files: rowsOf({ id: 's', value: 'v', secret: 'hunter2' }) })
    const engine = createEngine({ store: memoryStore(), installation: 'test' })
    engine.add(defineApplication({ name: 'app', source, path: 'app', renderer: jsonRenderer<Row>(), target }))
    await engine.start()
    await engine.sync('app', { actor: 'ada' })
    source.commit(rowsOf({ id: 's', value: 'v' }))
    const plan = await engine.plan('app')
    const [diff] = await engine.diff(plan)
    expect(diff?.steps ?? [{ path: '/secret' }]).toMatchObject([{ path: '/secret' }])
    await engine.sync('app', { actor: 'ada' })
    expect(rows.get('s')).toEqual({ id: 's', value: 'v' })
    await engine.stop()
  })

  test('keeps in the inventory what a crash left open and nobody desires any more', async () => {
    const { rows, target } = table()
    const store = memoryStore()
    const source = memorySource({ files: rowsOf({ id: 'a' }, { id: 'b' }) })
    const cut: Target<Row> = {
      ...target,
      apply: async (change, call) => {
        const result = await target.apply(change, call)
        if (change.key !== 'b') return result
        // The answer is lost, and nobody asks again before the end.
        return new Promise((_, reject) =>
          call.signal.addEventListener('abort', () => reject(call.signal.reason), { once: true }),
        )
      },
    }
    const make = (over: Target<Row>) => {
      // A retry at once would find out what came of the lost answer before the engine is gone.
      const engine = createEngine({ store: lend(store), installation: 'test', random: () => 0.99 })
      const sync = { prune: true }
      engine.add(
        defineApplication({
          name: 'app',
          source: lend(source),
          path: 'app',
          renderer: jsonRenderer<Row>(),
          target: lend(over),
          sync,
        }),
      )
      return engine
    }
    const first = make(cut)
    await first.start()
    await expect.poll(() => rows.size).toBe(2)
    await first.stop({ drainMs: 0 })
    source.commit({ 'app/b.json': null })
    const second = make(target)
    await second.start()
    expect((await second.sync('app', { actor: 'ada' })).outcome).toBe('synced')
    expect(rows.has('b')).toBe(true)
    expect(await second.status('app')).toMatchObject({
      sync: 'out-of-sync',
      resources: 2,
      holds: [{ code: 'NOT_PROVEN', keys: ['b'] }],
    })
    rows.delete('b')
    await second.sync('app', { actor: 'ada' })
    expect(await second.status('app')).toMatchObject({ sync: 'synced', resources: 1 })
    await second.stop()
  })
})

describe('a target that says it has uids and gives none', () => {
  test('has no resource deleted that may be another incarnation', async () => {
    const { engine, clock, source, target, start } = world({
      manifests: many,
      target: (memory) => ({
        ...memory,
        observe: async (keys, call) =>
          new Map(
            [...(await memory.observe(keys, call))].map(([key, { uid: _, version: __, ...seen }]) => [
              key,
              seen,
            ]),
          ),
      }),
    })
    await start()
    const owner = { installation: 'test', application: 'shop' }
    target.live.put({ id: 'r0', precious: true }, { owner })
    source.commit({ 'app/r0.json': null })
    await clock.advance(30_000)
    expect(target.live.list()).toContain('r0')
    await engine.stop()
  })
})
