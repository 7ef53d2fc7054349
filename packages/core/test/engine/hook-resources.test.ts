import { createEngine, defineApplication, type HookTrait, jsonRenderer, lend } from '@mooring/core'
import type { MemoryManifest } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { settled, world } from './world.ts'

const hookOf = (id: string, hook: HookTrait, more: Record<string, string> = {}): MemoryManifest => ({
  id,
  ...more,
  traits: { hook: hook as never },
})
const migrate = hookOf('migrate', { phases: ['beforeSync'] })
const smoke = hookOf('smoke', { phases: ['afterSync'] })
const fileOf = (manifest: MemoryManifest) => ({ [`app/${manifest.id}.json`]: JSON.stringify(manifest) })

/** What is live, with operations' ids as numbers in the order they were opened. */
function scene(manifests: readonly MemoryManifest[], options: Parameters<typeof world>[0] = {}) {
  const made = world({ ...options, manifests })
  const operations: string[] = []
  made.engine.on('operation.started', ({ operation }) => void operations.push(operation.id))
  const named = (id: string): string =>
    operations.reduce((name, operation, at) => name.replace(operation, `${at + 1}`), id)
  const log: string[] = []
  made.engine.on('hook.started', ({ hook }) => void log.push(`starts ${named(hook.key ?? hook.name)}`))
  made.engine.on(
    'hook.finished',
    ({ hook }) => void log.push(`${hook.state} ${named(hook.key ?? hook.name)}`),
  )
  made.engine.on('hook.removed', ({ key }) => void log.push(`removes ${named(key)}`))
  made.engine.on('change.applied', ({ change }) => void log.push(`${change.action} ${named(change.key)}`))
  made.engine.on('operation.finished', ({ outcome }) => void log.push(outcome))
  const live = () => made.target.live.list().map(named).toSorted()
  const keyOf = (name: string): string => {
    const [, id, number] = /^(.*)-(\d+)$/.exec(name) ?? []
    return `${id}-${operations[Number(number) - 1]}`
  }
  return { ...made, log, live, keyOf }
}

/** The same, where what is made takes its time until somebody says otherwise. */
const slow = (manifests: readonly MemoryManifest[]) =>
  scene(manifests, { memoryTarget: { health: { state: 'progressing' } } })

describe('hook resources', () => {
  test('are made once per operation, are waited for, and are no part of the plan or of what is pruned', async () => {
    const { start, clock, target, log, live, keyOf, engine, source, told } = slow([
      migrate,
      smoke,
      { id: 'a' },
    ])
    await start()
    await clock.advance(10_000)
    expect([live(), log]).toEqual([['migrate-1'], ['starts migrate-1']])
    target.setHealth(keyOf('migrate-1'), { state: 'healthy' })
    await clock.advance(3_000)
    expect(live()).toEqual(['a', 'migrate-1'])
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(3_000)
    expect(live()).toEqual(['a', 'migrate-1', 'smoke-1'])
    target.setHealth(keyOf('smoke-1'), { state: 'healthy' })
    await clock.advance(3_000)
    expect(log).toEqual([
      'starts migrate-1',
      'finished migrate-1',
      'create a',
      'starts smoke-1',
      'finished smoke-1',
      'synced',
    ])
    const plans = told.flatMap((event) => (event.type === 'plan.made' ? [event.plan] : []))
    expect(plans.flatMap(({ changes }) => changes.map(({ key }) => key))).not.toContain('migrate')
    expect((await engine.status('shop')).resources).toBe(1)
    source.commit({ 'elsewhere/x.json': '{"id":"x"}' })
    target.live.edit('a', { colour: 'red' })
    await clock.advance(300_000)
    expect(live()).toEqual(['a', 'migrate-1', 'smoke-1'])
    expect(log.slice(6)).toEqual(['update a'])
  })

  test('that change alone open an operation, before whose instance the last one goes', async () => {
    const { start, clock, source, log, live } = scene([migrate, { id: 'a' }])
    await start()
    expect(live()).toEqual(['a', 'migrate-1'])
    log.length = 0
    source.commit(fileOf({ ...migrate, image: 'v2' }))
    await clock.advance(15_000)
    expect(log).toEqual(['removes migrate-1', 'starts migrate-2', 'finished migrate-2', 'synced'])
    expect(live()).toEqual(['a', 'migrate-2'])
  })

  test('that fail end the operation at once, with nothing written', async () => {
    const { start, clock, target, keyOf, live, log, engine } = slow([migrate, { id: 'a' }])
    await start()
    target.setHealth(keyOf('migrate-1'), { state: 'degraded', message: 'BackoffLimitExceeded' })
    await clock.advance(600_000)
    expect([live(), log]).toEqual([['migrate-1'], ['starts migrate-1', 'failed migrate-1', 'failed']])
    const { lastOperation } = await engine.status('shop')
    expect(lastOperation?.reasons).toEqual([
      'HOOK_FAILED: Hook migrate (beforeSync) failed: BackoffLimitExceeded',
    ])
  })

  test('that take longer than the operation may are deleted when it is over', async () => {
    const { start, clock, live, log } = slow([migrate, { id: 'a' }])
    await start()
    await clock.advance(605_000)
    expect([live(), log]).toEqual([[], ['starts migrate-1', 'timed-out', 'removes migrate-1']])
  })

  test('run by weight, and those of one weight in the order of the target', async () => {
    const weighed = (id: string, weight: number) => hookOf(id, { phases: ['beforeSync'], weight })
    const { start, log } = scene([
      weighed('c', -5),
      weighed('a', 1),
      weighed('b', 0),
      weighed('b/x', 0),
      { id: 'z' },
    ])
    await start()
    expect(log.filter((line) => line.startsWith('starts')).map((line) => line.slice(7, -2))).toEqual([
      'c',
      'b',
      'b/x',
      'a',
    ])
  })

  test('are deleted as their policy says', async () => {
    const policy = (id: string, deletePolicy: HookTrait['deletePolicy']) =>
      hookOf(id, { phases: ['afterSync'], ...(deletePolicy && { deletePolicy }) })
    const all = [
      policy('stays', undefined),
      policy('goes', ['succeeded']),
      policy('piles', ['failed']),
      { id: 'a' },
    ]
    const { start, clock, source, live } = scene(all)
    await start()
    await clock.advance(3_000)
    expect(live()).toEqual(['a', 'piles-1', 'stays-1'])
    for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
      source.commit(fileOf({ id: 'a', size }))
      await clock.advance(12_000)
    }
    expect(live().filter((id) => id.startsWith('stays'))).toEqual(['stays-13'])
    expect(live().filter((id) => id.startsWith('piles'))).toHaveLength(10)
    source.commit({ 'app/stays.json': null })
    await clock.advance(15_000)
    expect(live().filter((id) => id.startsWith('stays'))).toEqual([])
  })

  test('for the first time only, and for later times only, know which it is', async () => {
    const first = hookOf('install', { phases: ['beforeSync'], when: 'first' })
    const later = hookOf('upgrade', { phases: ['beforeSync'], when: 'later' })
    const { start, clock, source, log } = scene([first, later, { id: 'a' }])
    await start()
    source.commit(fileOf({ id: 'a', size: 2 }))
    await clock.advance(15_000)
    expect(log.filter((line) => line.startsWith('starts'))).toEqual(['starts install-1', 'starts upgrade-2'])
  })

  test('of onFailure run when an operation fails, whose end waits for them', async () => {
    const { start, clock, target, keyOf, log } = slow([
      migrate,
      hookOf('tell', { phases: ['onFailure'] }),
      { id: 'a' },
    ])
    await start()
    target.setHealth(keyOf('migrate-1'), { state: 'degraded' })
    await clock.advance(5_000)
    expect(log).toEqual(['starts migrate-1', 'failed migrate-1', 'starts tell-1'])
    target.setHealth(keyOf('tell-1'), { state: 'healthy' })
    await clock.advance(3_000)
    expect(log.slice(3)).toEqual(['finished tell-1', 'failed'])
  })

  test('that run for a superseded operation are gone before the next one makes its own', async () => {
    const { start, clock, source, log, live } = slow([migrate, { id: 'a' }])
    await start()
    source.commit(fileOf({ id: 'a', size: 2 }))
    await clock.advance(15_000)
    expect(log).toEqual(['starts migrate-1', 'superseded', 'removes migrate-1', 'starts migrate-2'])
    expect(live()).toEqual(['migrate-2'])
  })

  test('that vanish while they run leave an unknown outcome, which is not passed', async () => {
    const { start, clock, target, keyOf, live, engine } = slow([migrate, { id: 'a' }])
    await start()
    target.live.remove(keyOf('migrate-1'))
    await clock.advance(600_000)
    expect(live()).toEqual([])
    expect((await engine.status('shop')).lastOperation?.reasons[0]).toMatch(
      /^HOOK_OUTCOME_UNKNOWN: .*migrate/,
    )
  })

  test('that could not be created for now are created later, once', async () => {
    const { start, clock, target, log, live } = scene([migrate, { id: 'a' }])
    target.failNext('apply', new Error('no route to host'))
    await start()
    await clock.advance(20_000)
    expect(log).toEqual(['starts migrate-1', 'finished migrate-1', 'create a', 'synced'])
    expect(live()).toEqual(['a', 'migrate-1'])
  })

  test('keep everything from being written while something holds them, such as the scope of the application', async () => {
    const beyond = hookOf('bank/migrate', { phases: ['beforeSync'] })
    const { start, clock, engine, live, log, source, target } = scene([{ id: 'shop/a' }])
    await start()
    engine.replace(
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target,
        scope: { namespaces: ['shop'] },
      }),
    )
    log.length = 0
    source.commit({ ...fileOf({ id: 'shop/b' }), 'app/migrate.json': JSON.stringify(beyond) })
    await clock.advance(20_000)
    expect((await engine.status('shop')).holds).toMatchObject([
      { code: 'OUT_OF_SCOPE', keys: ['bank/migrate'] },
    ])
    expect([live(), log]).toEqual([['shop/a'], []])
    await engine.stop()
  })

  test('wait for an approval, also where nothing but a hook has changed', async () => {
    const { start, clock, source, live, engine } = scene([migrate, { id: 'a' }], {
      sync: { approval: 'always' },
    })
    await start()
    const approve = async () => {
      const [hold] = (await engine.status('shop')).holds
      expect(hold?.code).toBe('APPROVAL_NEEDED')
      const { id } = await engine.plan('shop')
      await engine.approve(id, { actor: 'ann' })
      await clock.advance(1_000)
      return id
    }
    expect(live()).toEqual([])
    const first = await approve()
    expect(live()).toEqual(['a', 'migrate-1'])
    source.commit(fileOf({ ...migrate, image: 'v2' }))
    await clock.advance(15_000)
    expect(live()).toEqual(['a', 'migrate-1'])
    expect((await engine.status('shop')).holds[0]?.keys).toEqual(['migrate'])
    expect(await approve()).not.toBe(first)
    expect(live()).toEqual(['a', 'migrate-2'])
  })

  describe('that keep their name, where a resource of the application was', () => {
    const named = (traits: Record<string, unknown>): MemoryManifest => ({
      id: 'settings',
      v: 2,
      traits: traits as never,
    })
    const inPlace = (sync: object = {}) =>
      scene([{ id: 'settings', v: 1 }, { id: 'a' }, { id: 'b' }, { id: 'c' }], {
        sync,
        target: (memory) => ({
          ...memory,
          instantiate: (desired) => {
            const { hook: _, ...traits } = desired.traits
            return { ...desired, traits }
          },
        }),
      })
    const asHook = fileOf(named({ hook: { phases: ['beforeSync'] } }))

    test('are made when that is gone', async () => {
      const { start, clock, source, target, engine, log } = inPlace()
      await start()
      source.commit(asHook)
      log.length = 0
      await clock.advance(20_000)
      expect(target.live.get('settings')?.manifest).toMatchObject({ v: 2 })
      expect(log).toEqual(['removes settings', 'starts settings', 'finished settings', 'synced'])
      expect((await engine.history('shop'))[0]).toMatchObject({ outcome: 'synced', counts: { deleted: 1 } })
      await engine.stop()
    })

    test('are not made where that is not deleted, and the operation says why', async () => {
      const { start, clock, source, target, engine } = inPlace({ prune: false })
      await start()
      source.commit(asHook)
      await clock.advance(20_000)
      expect(target.live.get('settings')?.manifest).toMatchObject({ v: 1 })
      const { lastOperation } = await engine.status('shop')
      expect(lastOperation).toMatchObject({ outcome: 'failed' })
      expect(lastOperation?.reasons.join()).toMatch(/HOOK_FAILED.*settings.*prun/)
      await engine.stop()
    })
  })

  test('go with their application', async () => {
    const { start, clock, engine, live } = scene([migrate, { id: 'a' }])
    await start()
    const removed = await settled(engine.remove('shop', { actor: 'ann', prune: true }), clock, 5_000)
    expect(removed).toMatchObject({ value: { outcome: 'synced' } })
    expect(live()).toEqual([])
  })

  test('are refused by a target that cannot make instances', async () => {
    const { start, live, engine } = scene([migrate, { id: 'a' }], {
      target: ({ instantiate: _, ...rest }) => rest,
    })
    await start()
    expect(live()).toEqual([])
    expect((await engine.status('shop')).lastError).toMatchObject({ code: 'HOOKS_UNSUPPORTED' })
  })
})

describe('a crash around a hook resource', () => {
  /** The first engine ends for ever at its nth commit from the hook's intent on, before or after it takes effect. */
  async function crashed(at: number, isWritten: boolean) {
    let seen = 0
    const made = slow([migrate, { id: 'a' }])
    const { store, clock, source, target } = made
    const engineOf = (store_: typeof store) => {
      const engine = createEngine({ store: lend(store_), clock, installation: 'test', random: () => 0.5 })
      engine.add(
        defineApplication({
          name: 'shop',
          source,
          path: 'app',
          renderer: jsonRenderer<MemoryManifest>(),
          target,
          sync: { prune: true, intervalMs: 60_000 },
        }),
      )
      return engine
    }
    const dies = engineOf({
      ...store,
      commit: async (name, delta, options) => {
        const isDead = delta.head.operation?.hooks !== undefined && ++seen >= at
        if (!isDead) return store.commit(name, delta, options)
        if (seen === at && isWritten) await store.commit(name, delta, options)
        return new Promise(() => undefined)
      },
    })
    await dies.start()
    await clock.advance(1_000)
    const uids = () =>
      target.live.list().flatMap((id) => (id.startsWith('migrate') ? [target.live.get(id)?.uid] : []))
    const before = uids()
    const engine = engineOf(store)
    await engine.start()
    await clock.advance(5_000)
    return { ...made, engine, before, uids }
  }

  test.each([
    { instant: 'before its intent is recorded', at: 1, isWritten: false, made: 0 },
    { instant: 'after its intent is recorded', at: 1, isWritten: true, made: 0 },
    { instant: 'before what was made is recorded', at: 2, isWritten: false, made: 1 },
    { instant: 'after what was made is recorded', at: 2, isWritten: true, made: 1 },
  ])('$instant makes it once and orphans nothing', async ({ at, isWritten, made }) => {
    const { before, uids, target, clock, engine } = await crashed(at, isWritten)
    expect(before).toHaveLength(made)
    expect(uids()).toHaveLength(1)
    if (made === 1) expect(uids()).toEqual(before)
    const [id = ''] = target.live.list()
    target.setHealth(id, { state: 'healthy' })
    await clock.advance(3_000)
    expect(target.live.list()).toEqual([id, 'a'])
    await engine.stop()
  })
})
