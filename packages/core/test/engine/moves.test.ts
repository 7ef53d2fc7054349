import { createEngine, defineApplication, jsonRenderer, memoryStore, type Store } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'

const file = (application: string, id: string, extra: object = {}): Record<string, string> => ({
  [`${application}/${id}.json`]: JSON.stringify({ id, ...extra }),
})
const gone = (application: string, id: string): Record<string, null> => ({
  [`${application}/${id}.json`]: null,
})

/** Several applications of one source on one target, each with a folder of its own. */
function neighbours(names: readonly string[], files: Record<string, string>, given: { store?: Store } = {}) {
  const clock = simulatedClock()
  const source = memorySource({ pollMs: 1_000, files })
  const target = memoryTarget()
  const store = given.store ?? memoryStore()
  const done: string[] = []
  const open = () => {
    const engine = createEngine({ store, clock, installation: 'test', random: () => 0.5 })
    engine.on('change.applied', ({ application, change }) => {
      done.push(`${application} ${change.action} ${change.key}`)
    })
    for (const name of names) {
      engine.add(
        defineApplication({
          name,
          source,
          path: name,
          renderer: jsonRenderer<MemoryManifest>(),
          target,
          sync: {
            prune: true,
            allowEmpty: true,
            intervalMs: 600_000,
            pruneBudget: { max: 100, shareOfFew: 1, shareOfMany: 1 },
          },
        }),
      )
    }
    return engine
  }
  const ownerOf = async (id: string) => {
    const owner = { installation: 'test', application: 'nobody' }
    const call = { signal: new AbortController().signal, owner, digest: (text: unknown) => String(text) }
    return (await target.observe([id], call)).get(id)?.owner?.application
  }
  return { clock, source, target, store, done, open, ownerOf }
}

describe('a resource that moves in one commit', () => {
  test.each([
    { from: 'a', to: 'b' },
    { from: 'b', to: 'a' },
  ])('from $from to $to is taken over and never deleted', async ({ from, to }) => {
    const scene = neighbours(['a', 'b'], {
      ...file('a', 'stays-a'),
      ...file('b', 'stays-b'),
      ...file(from, 'web'),
    })
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(1_000)
    scene.done.length = 0
    scene.source.commit({ ...gone(from, 'web'), ...file(to, 'web', { size: 2 }) })
    await scene.clock.advance(5_000)
    expect(scene.done).toEqual([`${to} update web`])
    expect(await scene.ownerOf('web')).toBe(to)
    expect((await engine.status(from)).resources).toBe(1)
    expect((await engine.status(to)).resources).toBe(2)
    for (const name of [from, to])
      expect(await engine.status(name)).toMatchObject({ sync: 'synced', holds: [] })
    await engine.stop()
  })

  test('is taken over although the one that had it was not there at the restart yet', async () => {
    const scene = neighbours(['b', 'a'], { ...file('a', 'web'), ...file('a', 'keep'), ...file('b', 'other') })
    const before = scene.open()
    await before.start()
    await scene.clock.advance(1_000)
    await before.stop()
    scene.source.commit({ ...gone('a', 'web'), ...file('b', 'web') })
    scene.done.length = 0
    const after = scene.open()
    await after.start()
    await scene.clock.advance(10_000)
    expect(scene.done).toEqual(['b update web'])
    expect(await after.status('b')).toMatchObject({ sync: 'synced', holds: [] })
    await after.stop()
  })

  test('is not forgotten by who had it before the other one has it: an announcement is not enough', async () => {
    const scene = neighbours(['a', 'b'], { ...file('a', 'web'), ...file('a', 'keep'), ...file('b', 'other') })
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(1_000)
    scene.done.length = 0
    scene.source.commit({ ...gone('a', 'web'), ...file('b', 'web', { size: 2 }) })
    // The intent of b is recorded, and its write comes to nothing, as after a crash.
    scene.target.failNext('apply', new Error('no route to host'))
    await scene.clock.advance(30_000)
    expect(scene.done).toEqual(['b update web'])
    expect(await engine.status('b')).toMatchObject({ sync: 'synced', holds: [], resources: 2 })
    expect(await engine.status('a')).toMatchObject({ sync: 'synced', holds: [], resources: 1 })
    await engine.stop()
  })

  test('and is wanted by nobody before the other one has it is pruned by who had it, and not orphaned', async () => {
    const scene = neighbours(['a', 'b'], { ...file('a', 'web'), ...file('a', 'keep'), ...file('b', 'other') })
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(1_000)
    scene.done.length = 0
    scene.source.commit({ ...gone('a', 'web'), ...file('b', 'web', { size: 2 }) })
    // What b announced comes to nothing, again and again.
    for (let time = 0; time < 3; time++) scene.target.failNext('apply', new Error('no route to host'))
    await scene.clock.advance(1_500)
    scene.source.commit(gone('b', 'web'))
    await scene.clock.advance(60_000)
    expect(scene.done).toEqual(['a delete web'])
    expect(scene.target.live.list().toSorted()).toEqual(['keep', 'other'])
    await engine.stop()
  })

  test('twenty of them between four applications, again and again, are each owned once and never deleted', async () => {
    const names = ['a', 'b', 'c', 'd']
    const ids = Array.from({ length: 20 }, (_, at) => `r${at}`)
    let seed = 7
    const next = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % below
    }
    const place = new Map(ids.map((id) => [id, names[next(4)] ?? 'a']))
    const kept = names.map((name) => file(name, `keep-${name}`))
    const scene = neighbours(
      names,
      Object.assign({}, ...kept, ...[...place].map(([id, name]) => file(name, id))),
    )
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(1_000)
    for (let round = 0; round < 25; round++) {
      const changes: Record<string, string | null> = {}
      for (const [id, from] of place) {
        const to = names[next(4)] ?? 'a'
        if (to === from) continue
        Object.assign(changes, gone(from, id), file(to, id, { round }))
        place.set(id, to)
      }
      scene.source.commit(changes)
      await scene.clock.advance(3_000)
    }
    expect(scene.done.filter((line) => line.includes(' delete '))).toEqual([])
    for (const [id, name] of place) expect([id, await scene.ownerOf(id)]).toEqual([id, name])
    const statuses = await Promise.all(names.map((name) => engine.status(name)))
    expect(statuses.reduce((sum, { resources }) => sum + resources, 0)).toBe(24)
    expect(statuses.map(({ sync }) => sync)).toEqual(names.map(() => 'synced'))
    await engine.stop()
  })
})

describe('what leaves one application', () => {
  test('waits for a neighbour that cannot plan, is held with its name, and goes when it has planned', async () => {
    const scene = neighbours(['a', 'b'], { ...file('a', 'web'), ...file('a', 'keep'), ...file('b', 'other') })
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(1_000)
    scene.source.commit({ ...gone('a', 'web'), ...file('a', 'keep', { size: 2 }), 'b/broken.json': '{' })
    await scene.clock.advance(5_000)
    // Nothing but the delete waits.
    expect(scene.done).toContain('a update keep')
    expect(await engine.status('a')).toMatchObject({
      holds: [],
      waiting: [{ reason: expect.stringContaining('b ') }],
    })
    await scene.clock.advance(70_000)
    expect((await engine.status('a')).holds).toMatchObject([
      { code: 'NEIGHBOURS_BEHIND', message: expect.stringContaining('b'), keys: ['web'] },
    ])
    expect(scene.target.live.list()).toContain('web')
    scene.source.commit({ 'b/broken.json': null })
    await scene.clock.advance(5_000)
    expect(scene.target.live.list().toSorted()).toEqual(['keep', 'other'])
    expect((await engine.status('a')).holds).toEqual([])
    await engine.stop()
  })

  test('goes at once although a neighbour cannot be read, where the folder of that one has not changed', async () => {
    const scene = neighbours(['a', 'b'], { ...file('a', 'web'), ...file('a', 'keep'), 'b/broken.json': '{' })
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(1_000)
    scene.source.commit(gone('a', 'web'))
    await scene.clock.advance(3_000)
    expect(scene.target.live.list()).toEqual(['keep'])
    expect((await engine.status('a')).waiting).toEqual([])
    await engine.stop()
  })

  test('goes at once where nobody else reads the source', async () => {
    const scene = neighbours(['a'], { ...file('a', 'web'), ...file('a', 'keep') })
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(1_000)
    scene.source.commit(gone('a', 'web'))
    await scene.clock.advance(1_100)
    expect(scene.target.live.list()).toEqual(['keep'])
    await engine.stop()
  })
})

describe('a resource that two applications render', () => {
  test('stays with the first; the other errs with both names before any write, and has it when the first lets go', async () => {
    const scene = neighbours(['a', 'b'], { ...file('a', 'web'), ...file('a', 'keep'), ...file('b', 'other') })
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(1_000)
    scene.done.length = 0
    scene.source.commit({ ...file('b', 'web', { size: 2 }), ...file('b', 'new') })
    await scene.clock.advance(10_000)
    expect(scene.done).toEqual([])
    const { lastError } = await engine.status('b')
    expect(lastError).toMatchObject({
      code: 'DESIRED_TWICE',
      message: expect.stringMatching(/^b .*web \(a\)/),
    })
    expect((await engine.status('a')).sync).toBe('synced')
    scene.source.commit(gone('a', 'web'))
    await scene.clock.advance(10_000)
    expect(scene.done.toSorted()).toEqual(['b create new', 'b update web'])
    expect(await scene.ownerOf('web')).toBe('b')
    await engine.stop()
  })

  test('is made by exactly one of them where both are new', async () => {
    const scene = neighbours(['a', 'b'], { ...file('a', 'web'), ...file('b', 'web', { size: 2 }) })
    const engine = scene.open()
    await engine.start()
    await scene.clock.advance(10_000)
    expect(scene.done).toHaveLength(1)
    const errors = await Promise.all(
      ['a', 'b'].map(async (name) => (await engine.status(name)).lastError?.code),
    )
    expect(errors.filter((code) => code === 'DESIRED_TWICE')).toHaveLength(1)
    await engine.stop()
  })
})

describe('an application that is removed', () => {
  test('at another revision than the one it was applied at waits for nobody, and keeps nobody waiting', async () => {
    const scene = neighbours(['a', 'b'], { ...file('a', 'web'), ...file('a', 'keep'), ...file('b', 'other') })
    const before = scene.open()
    await before.start()
    await scene.clock.advance(1_000)
    await before.stop()
    scene.source.commit({ ...gone('b', 'other'), ...file('b', 'new'), ...gone('a', 'keep') })
    const after = scene.open()
    await after.start()
    const removing = after.remove('a', { actor: 'ada', prune: true })
    await scene.clock.advance(5_000)
    expect(await removing).toMatchObject({ outcome: 'synced' })
    expect(scene.target.live.list()).toEqual(['new'])
    expect(await after.status('b')).toMatchObject({ sync: 'synced', holds: [], waiting: [] })
    await after.stop()
  })

  test('leaves what another one desires to that one, which had no time to say so yet', async () => {
    const scene = neighbours(['a', 'b'], { ...file('a', 'web'), ...file('a', 'keep'), ...file('b', 'other') })
    const before = scene.open()
    await before.start()
    await scene.clock.advance(1_000)
    await before.stop()
    scene.source.commit({ ...gone('a', 'web'), ...file('b', 'web') })
    scene.done.length = 0
    const engine = scene.open()
    await engine.start()
    const removing = engine.remove('a', { actor: 'ada', prune: true })
    await scene.clock.advance(10_000)
    expect(await removing).toMatchObject({ outcome: 'synced' })
    expect(scene.done.toSorted()).toEqual(['a delete keep', 'b update web'])
    expect(scene.target.live.list().toSorted()).toEqual(['other', 'web'])
    expect(await scene.ownerOf('web')).toBe('b')
    await engine.stop()
  })
})
