import { createEngine, defineApplication, jsonRenderer, memoryStore, mount, type Source } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'

const json = (id: string, size = 1): string => JSON.stringify({ id, size })

/** Applications that read two repositories, each alone or both together. */
function scene() {
  const clock = simulatedClock()
  const environment = memorySource({
    name: 'env',
    pollMs: 1_000,
    files: { 'one/a.json': json('a'), 'two/b.json': json('b') },
  })
  const app = memorySource({ name: 'app', pollMs: 1_000, files: { 'web.json': json('web') } })
  const target = memoryTarget()
  const engine = createEngine({ store: memoryStore(), clock, installation: 'test', random: () => 0.5 })
  const done: string[] = []
  engine.on('change.applied', ({ application, change }) =>
    done.push(`${application} ${change.action} ${change.key}`),
  )
  const add = (name: string, source: Source, path: string): void =>
    engine.add(
      defineApplication({
        name,
        source,
        path,
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
  return { clock, environment, app, target, engine, done, add }
}

describe('applications whose sources are mounted', () => {
  test('render what all of their repositories say, and follow each', async () => {
    const { clock, app, environment, engine, done, add } = scene()
    add('shop', mount({ '/': environment, '/one/app': app }), 'one')
    await engine.start()
    await clock.advance(2_000)
    expect(done.toSorted()).toEqual(['shop create a', 'shop create web'])
    app.commit({ 'web.json': json('web', 2) }, { author: 'Grace <grace@example.com>' })
    await clock.advance(2_000)
    environment.commit({ 'one/a.json': json('a', 2) })
    await clock.advance(2_000)
    expect(done.slice(2)).toEqual(['shop update web', 'shop update a'])
    expect(await engine.history('shop')).toMatchObject([{}, { actor: 'Grace <grace@example.com>' }, {}])
    await engine.stop()
  })

  test('ask each repository once, however many read it', async () => {
    const { clock, app, environment, engine, add } = scene()
    add('shop', mount({ '/': environment, '/one/app': app }), 'one')
    add('blog', mount({ '/': environment, '/two/app': app }), 'two/nothing')
    add('alone', environment, 'two')
    await engine.start()
    await clock.advance(500)
    const before = [environment.calls.resolve, app.calls.resolve]
    await clock.advance(10_000)
    expect(
      [environment.calls.resolve, app.calls.resolve].map((calls, at) => calls - (before[at] ?? 0)),
    ).toEqual([10, 10])
    await engine.stop()
  })

  test('wait for the first answer of each, and tell which one does not answer', async () => {
    const { clock, app, environment, engine, done, add } = scene()
    app.failNext('resolve', new Error('no route to host'))
    add('shop', mount({ '/': environment, '/one/app': app }), 'one')
    await engine.start()
    await clock.advance(1)
    expect(done).toEqual([])
    expect((await engine.status('shop')).lastError?.message).toContain('no route to host')
    await clock.advance(5_000)
    expect(done.toSorted()).toEqual(['shop create a', 'shop create web'])
    await engine.stop()
  })

  test('are asked for news by a sync', async () => {
    const { clock, app, environment, engine, done, add } = scene()
    add('shop', mount({ '/': environment, '/one/app': app }), 'one')
    await engine.start()
    await clock.advance(2_000)
    app.commit({ 'web.json': json('web', 2) })
    const syncing = engine.sync('shop', { actor: 'ada' })
    await clock.advance(1)
    expect((await syncing).outcome).toBe('synced')
    expect(done.at(-1)).toBe('shop update web')
    await engine.stop()
  })

  test.each([
    ['the mount loses it', 'shop', 'alone'],
    ['the mount gets it', 'alone', 'shop'],
  ])('do not lose a resource that moves between them and one of another source: %s', async (_, from, to) => {
    const { clock, app, environment, engine, done, add } = scene()
    const folder = { shop: 'one', alone: 'two' } as Record<string, string>
    environment.commit({ [`${folder[from]}/m.json`]: json('m') })
    add('shop', mount({ '/': environment, '/one/app': app }), 'one')
    add('alone', environment, 'two')
    await engine.start()
    await clock.advance(2_000)
    done.length = 0
    environment.commit({ [`${folder[from]}/m.json`]: null, [`${folder[to]}/m.json`]: json('m', 2) })
    await clock.advance(5_000)
    expect(done).toEqual([`${to} update m`])
    await engine.stop()
  })

  test('have a repository in common with whoever reads it too, and prune only when that one has looked', async () => {
    const { clock, app, environment, engine, done, add } = scene()
    add('shop', mount({ '/': environment, '/one/app': app }), 'one')
    add('alone', environment, 'two')
    await engine.start()
    await clock.advance(2_000)
    done.length = 0
    // The other one cannot be read at this revision: whatever left us may be on its way there.
    environment.commit({ 'one/a.json': null, 'two/b.json': 'broken' })
    await clock.advance(5_000)
    expect(done).toEqual([])
    environment.commit({ 'two/b.json': json('b') })
    await clock.advance(5_000)
    expect(done).toEqual(['shop delete a'])
    await engine.stop()
  })
})
