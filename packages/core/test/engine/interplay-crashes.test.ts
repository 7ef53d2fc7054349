import {
  type Application,
  createEngine,
  defineApplication,
  type EngineEvent,
  jsonRenderer,
  lend,
  memoryStore,
  type Store,
  type SyncPolicy,
  type SyncWindow,
} from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf } from './world.ts'

const hour = 3_600_000
const opening = Date.UTC(2026, 0, 1, 1)
const atOne: SyncWindow = { kind: 'allow', schedule: '0 1 * * *', timeZone: 'UTC', durationMs: hour }

type Besides = Partial<Application<MemoryManifest>>

/** A store, a source and a target that outlive the engines on them. */
function harbour(files: Record<string, string>) {
  const clock = simulatedClock()
  const store = memoryStore()
  const source = memorySource({ files, pollMs: 1_000 })
  const target = memoryTarget()
  /** An engine that can be killed: from then on the store and the target hear nothing more of it. */
  const launch = async (holder: string, sync: Partial<SyncPolicy>, besides: Besides = {}) => {
    let isDead = false
    const never = new Promise<never>(() => {})
    const mortal = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get: (of, name, receiver) => {
          const value: unknown = Reflect.get(of, name, receiver)
          if (typeof value === 'object' && value !== null) return mortal(value)
          if (typeof value !== 'function' || name === 'order' || name === 'placeOf') return value
          return (...given: unknown[]) => (isDead ? never : Reflect.apply(value, of, given))
        },
      })
    const engine = createEngine({
      store: lend(mortal<Store>(store)),
      clock,
      installation: 'test',
      random: () => 0.5,
      lease: { holder, ttlMs: 15_000 },
    })
    engine.add(
      defineApplication({
        name: 'shop',
        source: lend(source),
        path: 'app',
        renderer: jsonRenderer<MemoryManifest>(),
        target: lend(mortal(besides.target ?? target)),
        ...besides,
        ...(besides.target && { target: lend(mortal(besides.target)) }),
        sync: { prune: true, intervalMs: 24 * hour, deadlineMs: 24 * hour, ...sync },
      }),
    )
    const writes: string[] = []
    engine.on('change.applied', ({ change }) => void writes.push(`${change.action} ${change.key}`))
    const told: EngineEvent['type'][] = []
    for (const type of ['engine.standby', 'engine.started'] as const) engine.on(type, () => told.push(type))
    void engine.start()
    await clock.advance(1_000)
    const kill = (): void => {
      isDead = true
    }
    return { engine, kill, writes, told }
  }
  return { clock, store, source, target, launch }
}

const job = (immutable: string): MemoryManifest => ({ id: 'job', immutable, traits: { replace: 'allowed' } })

describe('an approved replace that is killed', () => {
  test.each([
    ['when the delete is done and not yet answered', 'delete'],
    ['when the create is announced', 'create'],
  ] as const)('%s is done by the next engine, under the same approval', async (_, deadly) => {
    const { clock, source, target, launch } = harbour(filesOf(job('one'), { id: 'b' }, { id: 'c' }))
    let kill: (() => void) | undefined
    const dying = {
      ...target,
      apply: async (...given: Parameters<typeof target.apply>) => {
        if (kill === undefined || given[0].action !== deadly) return target.apply(...given)
        if (deadly === 'delete') await target.apply(...given)
        kill()
        return new Promise<never>(() => {})
      },
    }
    const always = { approval: 'always' } as const
    const first = await launch(
      'first',
      { ...always, pruneBudget: { max: 9, shareOfFew: 1, shareOfMany: 1 } },
      { target: dying },
    )
    await first.engine.approve((await first.engine.plan('shop')).id, { actor: 'grace' })
    await clock.advance(2_000)
    source.commit(filesOf(job('two')))
    await clock.advance(2_000)
    const { id } = await first.engine.plan('shop')
    kill = first.kill
    await first.engine.approve(id, { actor: 'grace' })
    await clock.advance(2_000)
    expect(target.live.get('job')).toBeUndefined()
    const second = await launch('second', always)
    await clock.advance(20_000)
    expect(second.writes).toEqual(['create job'])
    expect(target.live.get('job')?.manifest.immutable).toBe('two')
    const [latest] = await second.engine.history('shop')
    expect(latest).toMatchObject({ outcome: 'synced', approvedBy: 'grace', planId: id })
    await second.engine.stop()
  })
})

describe('an engine that takes over', () => {
  test('while a plan waits for an approval holds the same plan, and takes the approval', async () => {
    const { clock, target, launch } = harbour(filesOf({ id: 'a' }))
    const first = await launch('first', { approval: 'always' })
    const { id } = await first.engine.plan('shop')
    const second = await launch('second', { approval: 'always' })
    expect(second.told).toEqual(['engine.standby'])
    await expect(second.engine.approve(id, { actor: 'grace' })).rejects.toMatchObject({
      code: 'ENGINE_STANDING_BY',
    })
    first.kill()
    await clock.advance(20_000)
    expect(second.told).toEqual(['engine.standby', 'engine.started'])
    expect((await second.engine.status('shop')).holds).toMatchObject([{ code: 'APPROVAL_NEEDED' }])
    await second.engine.approve(id, { actor: 'grace' })
    await clock.advance(1_000)
    expect(target.live.list()).toEqual(['a'])
    expect((await second.engine.history('shop'))[0]).toMatchObject({ approvedBy: 'grace', planId: id })
    await second.engine.stop()
  })

  test('keeps an approval that waits for the window, and runs it when that opens', async () => {
    const { clock, target, launch } = harbour(filesOf({ id: 'a' }))
    const policy = { approval: 'always', windows: [atOne] } as const
    const first = await launch('first', policy)
    await first.engine.approve((await first.engine.plan('shop')).id, { actor: 'grace' })
    await clock.advance(1_000)
    const second = await launch('second', policy)
    first.kill()
    await clock.advance(opening - clock.now() - 1_000)
    expect(target.live.list()).toEqual([])
    await clock.advance(2_000)
    expect(target.live.list()).toEqual(['a'])
    await second.engine.stop()
  })

  test('tells what became of a hook although a commit came while nobody was there', async () => {
    const { clock, source, target, launch } = harbour(filesOf({ id: 'a' }))
    const hooks = { beforeSync: { name: 'migrate', run: () => new Promise<void>(() => {}) } }
    const first = await launch('first', {}, { hooks })
    first.kill()
    source.commit(filesOf({ id: 'b' }))
    const second = await launch('second', {}, { hooks: { beforeSync: { name: 'migrate', run: () => {} } } })
    await clock.advance(20_000)
    const [after, lost] = await second.engine.history('shop')
    expect(lost?.reasons[0]).toMatch(/^HOOK_OUTCOME_UNKNOWN/)
    expect([after?.outcome, lost?.outcome, target.live.list()]).toEqual(['synced', 'failed', ['a', 'b']])
    await second.engine.stop()
  })
})
