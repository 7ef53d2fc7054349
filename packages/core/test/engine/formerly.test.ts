import { createEngine, defineApplication, jsonRenderer, lend, memoryStore, type Store } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, manifestsOf, settled, without } from './world.ts'

const { signal } = new AbortController()

/** One folder on one target, under whatever name, by one engine after the other. */
function scene(manifests: readonly MemoryManifest[] = manifestsOf(3)) {
  const clock = simulatedClock()
  const source = memorySource({ pollMs: 1_000, files: filesOf(...manifests) })
  const target = memoryTarget()
  const memory = memoryStore()
  const defined = (name: string, formerly?: readonly string[], on = target) =>
    defineApplication({
      name,
      source: lend(source),
      path: 'app',
      renderer: jsonRenderer<MemoryManifest>(),
      target: lend(on),
      ...(formerly && { formerly }),
      sync: { prune: true, intervalMs: 60_000, pruneBudget: { max: 100, shareOfFew: 1, shareOfMany: 1 } },
    })
  const open = (store: Store = memory) =>
    createEngine({ store: lend(store), clock, installation: 'test', random: () => 0.5 })
  /** Runs an application until it rests. */
  const run = async (name: string, formerly?: readonly string[], store?: Store) => {
    const engine = open(store)
    engine.add(defined(name, formerly))
    await engine.start()
    await clock.advance(5_000)
    return engine
  }
  const owners = () =>
    target.live.list().map((id) => `${id} ${target.live.get(id)?.owner?.application ?? 'nobody'}`)
  const recorded = () => memory.list({ signal })
  const entriesOf = async (name: string) => [
    ...((await memory.load(name, { signal }))?.value.inventory.keys() ?? []),
  ]
  return { clock, source, target, memory, defined, open, run, owners, recorded, entriesOf }
}

describe('an application with another name', () => {
  test('goes on with state, history and marks of the name it had', async () => {
    const { run, owners, recorded, entriesOf, target } = scene()
    await (await run('old')).stop()
    const uids = target.live.list().map((id) => target.live.get(id)?.uid)
    const engine = await run('new', ['old'])
    expect(owners()).toEqual(['r0 new', 'r1 new', 'r2 new'])
    expect(target.live.list().map((id) => target.live.get(id)?.uid)).toEqual(uids)
    expect(await recorded()).toEqual(['new'])
    expect(await entriesOf('new')).toHaveLength(3)
    expect(await engine.status('new')).toMatchObject({ sync: 'synced', resources: 3, holds: [] })
    expect((await engine.history('new')).map(({ cause, outcome }) => [cause, outcome])).toEqual([
      ['rename', 'healed'],
      ['rename', 'recorded'],
      ['commit', 'synced'],
    ])
    await engine.stop()
  })

  test('shows each mark to be renewed in its plan, as a heal that opens no operation and makes no plan stale', async () => {
    const { run, open, defined, owners, recorded, clock } = scene()
    await (await run('old')).stop()
    const looking = open()
    looking.add(defined('new', ['old']))
    const plan = await looking.plan('new')
    expect(plan.changes.map(({ key, action, reason }) => [key, action, reason])).toEqual([
      ['r0', 'update', 'renamed'],
      ['r1', 'update', 'renamed'],
      ['r2', 'update', 'renamed'],
    ])
    expect(plan.holds).toEqual([])
    // A look changes nothing, not even the record.
    expect([owners()[0], await recorded()]).toEqual(['r0 old', ['old']])
    await looking.stop()
    const events: string[] = []
    const engine = open()
    for (const type of ['operation.started', 'drift.found', 'plan.made'] as const)
      engine.on(type, () => void events.push(type))
    engine.add(defined('new', ['old']))
    await engine.start()
    await clock.advance(5_000)
    expect(events).toEqual(['plan.made'])
    await engine.stop()
  })

  test('deletes what left the desired state with the rename, by the mark it had', async () => {
    const { run, source, target } = scene()
    await (await run('old')).stop()
    source.commit(without({ id: 'r2' }))
    const engine = await run('new', ['old'])
    expect(target.live.list()).toEqual(['r0', 'r1'])
    await engine.stop()
  })

  test('takes nothing that another application had, formerly or not', async () => {
    const { run, source, target } = scene()
    await (await run('old')).stop()
    target.live.put({ id: 'r3' }, { owner: { installation: 'test', application: 'other' } })
    target.live.put({ id: 'r4' }, { owner: { installation: 'elsewhere', application: 'old' } })
    source.commit(filesOf({ id: 'r3', size: 2 }, { id: 'r4', size: 2 }))
    const engine = await run('new', ['old'])
    expect((await engine.status('new')).holds).toMatchObject([{ code: 'NOT_OWNED', keys: ['r3', 'r4'] }])
    expect(target.live.get('r3')?.manifest).toEqual({ id: 'r3' })
    await engine.stop()
  })

  test('without formerly owns nothing, and touches nothing', async () => {
    const { run, owners, recorded } = scene()
    await (await run('old')).stop()
    const engine = await run('new')
    expect(owners()).toEqual(['r0 old', 'r1 old', 'r2 old'])
    expect((await engine.status('new')).holds).toMatchObject([{ code: 'NOT_OWNED' }])
    expect(await recorded()).toContain('old')
    await engine.stop()
  })

  test('goes on with a suspension, and not with a removal that was under way', async () => {
    const { run, owners, open, defined, clock, target } = scene()
    const first = await run('old')
    target.hangNext('apply')
    await settled(first.remove('old', { actor: 'ada', prune: true, timeoutMs: 10 }), clock, 100)
    await settled(first.stop({ drainMs: 0 }), clock, 20_000)
    const second = open()
    second.add(defined('new', ['old']))
    await second.suspend('new', { actor: 'bob' })
    await second.stop()
    const third = await run('newer', ['new', 'old'])
    expect(await third.status('newer')).toMatchObject({ suspended: { by: 'bob' } })
    await third.resume('newer', { actor: 'bob' })
    await clock.advance(5_000)
    expect(owners()).toEqual(['r0 newer', 'r1 newer', 'r2 newer'])
    expect(third.applications()).toEqual(['newer'])
    await third.stop()
  })

  test('finds what it had by the former mark, after a lost store', async () => {
    const { run, source, target } = scene()
    await (await run('old')).stop()
    source.commit(without({ id: 'r2' }))
    const engine = await run('new', ['old'], memoryStore())
    expect(target.live.list()).toEqual(['r0', 'r1'])
    await engine.stop()
  })
})

describe('a rename that a crash cut off', () => {
  /** A store that the process dies at: nothing it is asked from then on takes effect. */
  const dyingAt = (memory: Store, dies: (call: 'commit' | 'remove', application: string) => boolean) => {
    let isDead = false
    const unlessDead = async <Value>(run: () => Promise<Value>): Promise<Value> => {
      if (isDead) throw new Error('the process is gone')
      return run()
    }
    const store: Store = {
      ...memory,
      commit: async (name, ...given) => {
        isDead ||= dies('commit', name)
        return unlessDead(() => memory.commit(name, ...given))
      },
      remove: async (name, ...given) => {
        isDead ||= dies('remove', name)
        return unlessDead(() => memory.remove(name, ...given))
      },
    }
    return store
  }

  test.each([
    { where: 'before the new one is written', call: 'commit', left: ['old'] },
    { where: 'before the old one is removed', call: 'remove', left: ['new', 'old'] },
  ] as const)('$where loses and orphans nothing', async ({ call, left }) => {
    const { run, source, memory, recorded, owners, entriesOf } = scene()
    await (await run('old')).stop()
    await (
      await run(
        'new',
        ['old'],
        dyingAt(memory, (asked) => asked === call),
      )
    ).stop()
    expect(await recorded()).toEqual(left)
    source.commit(without({ id: 'r2' }))
    const engine = await run('new', ['old'])
    expect(owners()).toEqual(['r0 new', 'r1 new'])
    expect(await recorded()).toEqual(['new'])
    expect(await entriesOf('new')).toEqual(['r0', 'r1'])
    const causes = (await engine.history('new')).map(({ cause, outcome }) => `${cause} ${outcome}`)
    expect(causes.filter((line) => line === 'rename recorded')).toHaveLength(1)
    await engine.stop()
  })
})

describe('several former names', () => {
  test('are a chain that ends in one application, in whichever order they are given', async () => {
    for (const formerly of [
      ['b', 'a'],
      ['a', 'b'],
    ]) {
      const { run, owners, recorded } = scene()
      await (await run('a')).stop()
      await (await run('b', ['a'])).stop()
      const engine = await run('c', formerly)
      expect(owners()).toEqual(['r0 c', 'r1 c', 'r2 c'])
      expect(await recorded()).toEqual(['c'])
      expect((await engine.history('c')).filter(({ cause }) => cause === 'commit')).toHaveLength(1)
      await engine.stop()
    }
  })

  test('go there and back again', async () => {
    const { run, owners, recorded } = scene()
    await (await run('a')).stop()
    await (await run('b', ['a'])).stop()
    const engine = await run('a', ['b'])
    expect(owners()).toEqual(['r0 a', 'r1 a', 'r2 a'])
    expect(await recorded()).toEqual(['a'])
    await engine.stop()
  })

  test('with a state each lose no entry: the new name wins, and what it does not know is added', async () => {
    const { run, source, target, recorded, entriesOf } = scene()
    await (await run('old')).stop()
    source.commit({ ...without(...manifestsOf(3)), ...filesOf({ id: 'x' }) })
    await (await run('new')).stop()
    expect(await recorded()).toEqual(['new', 'old'])
    const engine = await run('new', ['old'])
    // What the old one had and nobody desires is pruned, not orphaned.
    expect(target.live.list()).toEqual(['x'])
    expect(await recorded()).toEqual(['new'])
    expect(await entriesOf('new')).toEqual(['x'])
    await engine.stop()
  })

  test('with states of two targets are refused, and nothing is changed', async () => {
    const { run, open, defined, clock, recorded } = scene()
    await (await run('old')).stop()
    const elsewhere = memoryTarget({ name: 'elsewhere' })
    const other = open()
    other.add(defined('new', undefined, elsewhere))
    await other.start()
    await clock.advance(2_000)
    await other.stop()
    const engine = open()
    engine.add(defined('new', ['old'], elsewhere))
    const errors: (string | undefined)[] = []
    engine.on('pass.finished', ({ error }) => void errors.push(error?.code))
    await engine.start()
    await clock.advance(2_000)
    expect(errors).toContain('FORMERLY_ELSEWHERE')
    expect(await recorded()).toEqual(['new', 'old'])
    await engine.stop()
  })

  test('that another application of the engine has, or had, are refused', async () => {
    const { open, defined } = scene()
    const engine = open()
    engine.add(defined('a'))
    engine.add(defined('b', ['before-b']))
    for (const clash of [defined('c', ['a']), defined('before-b'), defined('d', ['before-b'])])
      expect(() => engine.add(clash)).toThrow(expect.objectContaining({ code: 'FORMERLY_IN_USE' }))
    expect(() => engine.replace(defined('a', ['b']))).toThrow(
      expect.objectContaining({ code: 'FORMERLY_IN_USE' }),
    )
    expect(engine.applications()).toEqual(['a', 'b'])
    expect(() => defined('e', ['e'])).toThrow(expect.objectContaining({ code: 'INVALID_APPLICATION' }))
    await engine.stop()
  })
})
