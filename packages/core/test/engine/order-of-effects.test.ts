import {
  createEngine,
  defineApplication,
  jsonRenderer,
  memoryStore,
  type Renderer,
  type SyncPolicy,
  type Target,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, without, world } from './world.ts'

const many = Array.from({ length: 8 }, (_, index) => ({ id: `r${index}` }))

/** An engine with one application over this target, started. */
async function running(
  target: Target<MemoryManifest>,
  options: {
    readonly sync?: Partial<SyncPolicy>
    readonly renderer?: Renderer<MemoryManifest>
    readonly manifests?: readonly MemoryManifest[]
  } = {},
) {
  const clock = simulatedClock()
  const source = memorySource({ pollMs: 1_000, files: filesOf(...(options.manifests ?? many)) })
  const engine = createEngine({ store: memoryStore(), clock, installation: 'test', random: () => 0.5 })
  const renderer = options.renderer ?? jsonRenderer<MemoryManifest>()
  const sync = { prune: true, intervalMs: 60_000, ...options.sync }
  engine.add(defineApplication({ name: 'shop', source, path: 'app', renderer, target, sync }))
  await engine.start()
  await clock.advance(100)
  return { clock, source, engine }
}

describe('pruning', () => {
  test('waits until what was written is healthy', async () => {
    const target = memoryTarget()
    const { clock, source, engine } = await running(target)
    source.commit({ 'app/r0.json': null, ...filesOf({ id: 'r1', size: 2 }) })
    target.setHealth('r1', { state: 'progressing' })
    await clock.advance(30_000)
    expect(target.live.get('r1')?.manifest).toMatchObject({ size: 2 })
    expect(target.live.list()).toContain('r0')
    target.setHealth('r1', { state: 'healthy' })
    await clock.advance(5_000)
    expect(target.live.list()).not.toContain('r0')
    await engine.stop()
  })

  test('does not happen in a pass in which a write failed', async () => {
    const target = memoryTarget()
    const { clock, source, engine } = await running(target)
    source.commit({ 'app/r0.json': null, ...filesOf({ id: 'r1', size: 2 }) })
    target.failNext('apply', new Error('refused'))
    engine.refresh()
    await clock.advance(100)
    expect(target.live.list()).toContain('r0')
    await clock.advance(30_000)
    expect(target.live.list()).not.toContain('r0')
    await engine.stop()
  })

  test('goes against the order of creation', async () => {
    const target = memoryTarget()
    const applied: string[] = []
    const watched: Target<MemoryManifest> = {
      ...target,
      apply: (change, call) => {
        applied.push(`${change.action} ${change.key}`)
        return target.apply(change, call)
      },
    }
    const chain = ['a', 'a/b', 'a/b/c'].map((id) => ({ id }))
    const { clock, source, engine } = await running(watched, {
      sync: { pruneBudget: { max: 50, shareOfFew: 1, shareOfMany: 1 } },
      manifests: [{ id: 'stays' }],
    })
    source.commit({
      'app/chain/1.json': JSON.stringify(chain[0]),
      'app/chain/2.json': JSON.stringify(chain[1]),
      'app/chain/3.json': JSON.stringify(chain[2]),
    })
    await clock.advance(5_000)
    source.commit({ 'app/chain/1.json': null, 'app/chain/2.json': null, 'app/chain/3.json': null })
    await clock.advance(5_000)
    expect(applied.slice(1)).toEqual([
      'create a',
      'create a/b',
      'create a/b/c',
      'delete a/b/c',
      'delete a/b',
      'delete a',
    ])
    await engine.stop()
  })
})

describe('a deletion that takes its time', () => {
  /** Deletes only when it is told to: until then the resource is there and says that it is going. */
  function lingering() {
    const target = memoryTarget()
    const going = new Map<string, () => Promise<unknown>>()
    const slow: Target<MemoryManifest> = {
      ...target,
      observe: async (keys, call) => {
        const seen = new Map(await target.observe(keys, call))
        for (const [key, observation] of seen)
          if (going.has(key)) seen.set(key, { ...observation, deleting: true })
        return seen
      },
      apply: async (change, call) => {
        if (change.action !== 'delete') return target.apply(change, call)
        going.set(change.key, () => target.apply(change, { ...call, signal: new AbortController().signal }))
        const observation = (await target.observe([change.key], call)).get(change.key)
        return { outcome: 'changed', ...(observation && { observation: { ...observation, deleting: true } }) }
      },
    }
    const finish = async (): Promise<void> => {
      for (const [key, end] of going) {
        await end()
        going.delete(key)
      }
    }
    return { target, slow, finish }
  }

  test('keeps what the resource depends on until it is gone itself', async () => {
    const { target, slow, finish } = lingering()
    const { start, source, clock, engine } = world({
      target: () => slow,
      manifests: [{ id: 'a' }, { id: 'b', traits: { dependsOn: ['a'] } }, { id: 'c' }, { id: 'd' }],
    })
    await start()
    source.commit(without({ id: 'a' }, { id: 'b' }))
    await clock.advance(20_000)
    const { waiting } = await engine.status('shop')
    expect(waiting.map(({ label }) => label)).toEqual(['b'])
    await finish()
    await clock.advance(5_000)
    expect(target.live.list()).toEqual(['a', 'c', 'd'])
    await finish()
    expect(target.live.list()).toEqual(['c', 'd'])
    await engine.stop()
  })

  test('keeps its inventory entry until it is confirmed, and the operation open', async () => {
    const { target, slow, finish } = lingering()
    const { clock, source, engine } = await running(slow)
    source.commit({ 'app/r0.json': null })
    await clock.advance(10_000)
    expect((await engine.status('shop')).resources).toBe(8)
    expect((await engine.status('shop')).operation).toBeDefined()
    await finish()
    await clock.advance(10_000)
    expect(target.live.list()).not.toContain('r0')
    expect((await engine.status('shop')).resources).toBe(7)
    expect((await engine.status('shop')).operation).toBeUndefined()
    await engine.stop()
  })

  test('goes on to the end when an application is removed, and nothing is made again meanwhile', async () => {
    const { target, slow, finish } = lingering()
    const { clock, engine } = await running(slow)
    const removing = engine.remove('shop', { actor: 'ada', prune: true })
    await clock.advance(10_000)
    await finish()
    await clock.advance(10_000)
    expect(await removing).toMatchObject({ outcome: 'synced' })
    expect(target.live.list()).toEqual([])
    await engine.stop()
  })
})

describe('a write that nobody waits for any more', () => {
  test('is not overtaken by a second write to the same resource', async () => {
    const target = memoryTarget()
    let land: (() => void) | undefined
    let writesOfA = 0
    const deaf: Target<MemoryManifest> = {
      ...target,
      apply: async (change, call) => {
        if (change.key === 'r0') writesOfA++
        if (change.key !== 'r0' || writesOfA > 1) return target.apply(change, call)
        // Hears no abort, and lands when the test says so.
        await new Promise<void>((resolve) => {
          land = resolve
        })
        return target.apply(change, { ...call, signal: new AbortController().signal })
      },
    }
    const { clock, engine } = await running(deaf, { sync: { applyTimeoutMs: 1_000 } })
    await clock.advance(120_000)
    expect(writesOfA).toBe(1)
    expect(target.live.list()).toHaveLength(7)
    land?.()
    await clock.advance(120_000)
    expect(target.live.list()).toHaveLength(8)
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced', resources: 8 })
    await engine.stop()
  })
})

describe('rendering', () => {
  test('that gives another result for equal inputs is an error, and nothing is applied by it', async () => {
    const target = memoryTarget()
    let count = 0
    const fickle: Renderer<MemoryManifest> = {
      ...jsonRenderer<MemoryManifest>(),
      render: async (input, options) => {
        const { manifests } = await jsonRenderer<MemoryManifest>().render(input, options)
        count++
        return { manifests: manifests.map(({ manifest }) => ({ manifest: { ...manifest, count } })) }
      },
    }
    const { clock, engine } = await running(target, { renderer: fickle })
    target.live.edit('r0', { count: 99 })
    await clock.advance(5_000)
    expect((await engine.status('shop')).lastError?.code).toBe('RENDER_NOT_REPEATABLE')
    expect(target.live.get('r0')?.manifest).toMatchObject({ count: 99 })
    await engine.stop()
  })

  test('happens again when a file appears that it looked for and did not find', async () => {
    const target = memoryTarget()
    const optional: Renderer<MemoryManifest> = {
      name: 'optional',
      digest: 'optional:1',
      render: async ({ snapshot }, options) => {
        const there = await snapshot.digestOf('elsewhere/size', options)
        const size =
          there === undefined
            ? 'none'
            : new TextDecoder().decode(await snapshot.read('elsewhere/size', options))
        return { manifests: [{ manifest: { id: 'a', size } }] }
      },
    }
    const { clock, source, engine } = await running(target, { renderer: optional })
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 'none' })
    source.commit({ 'elsewhere/size': 'large' })
    await clock.advance(5_000)
    expect(target.live.get('a')?.manifest).toEqual({ id: 'a', size: 'large' })
    await engine.stop()
  })

  test('is skipped while nothing it read has changed', async () => {
    const target = memoryTarget()
    let renders = 0
    const counted: Renderer<MemoryManifest> = {
      ...jsonRenderer<MemoryManifest>(),
      render: (input, options) => {
        renders++
        return jsonRenderer<MemoryManifest>().render(input, options)
      },
    }
    const { clock, source, engine } = await running(target, { renderer: counted })
    source.commit({ 'elsewhere/file': '1' })
    await clock.advance(120_000)
    expect(renders).toBe(1)
    source.commit({ 'app/more/deep.json': '{ "id": "deep" }' })
    await clock.advance(5_000)
    expect(renders).toBe(2)
    expect(target.live.list()).toContain('deep')
    await engine.stop()
  })
})

describe('a write', () => {
  test('is on record before it has any effect, and as ours when it has had it', async () => {
    const seen: string[] = []
    const { engine, clock, source, store, start } = world({
      target: (memory) => ({
        ...memory,
        apply: async (change, call) => {
          const entry = (await store.load('shop', call))?.value.inventory.get(change.key)
          seen.push(`${change.action} ${change.key}: ${entry?.pending?.action ?? 'nothing'} announced`)
          return memory.apply(change, call)
        },
      }),
    })
    await start()
    source.commit({ ...without({ id: 'b' }), ...filesOf({ id: 'a', size: 2 }) })
    await clock.advance(11_000)
    expect(seen).toEqual([
      'create a: create announced',
      'create b: create announced',
      'update a: update announced',
      'delete b: delete announced',
    ])
    const { inventory } = (await store.load('shop', { signal: new AbortController().signal }))?.value ?? {}
    expect([...(inventory?.values() ?? [])]).toMatchObject([{ key: 'a', owned: { uid: expect.any(String) } }])
    expect(inventory?.get('a')).not.toHaveProperty('pending')
    await engine.stop()
  })
})
