import {
  type Application,
  type Approving,
  defineApplication,
  type EngineEvent,
  type Hooks,
  jsonRenderer,
  type Located,
  mount,
  type Scope,
  type SyncPolicy,
  type SyncWindow,
} from '@mooring/core'
import { type MemoryManifest, memorySource } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, settled, type WorldOptions, world } from './world.ts'

const hour = 3_600_000
const minute = 60_000
/** The simulated clock begins at midnight: an hour before this one opens. */
const atOne: SyncWindow = { kind: 'allow', schedule: '0 1 * * *', timeZone: 'UTC', durationMs: hour }
const opening = Date.UTC(2026, 0, 1, 1)
const verified = { outcome: 'verified', signer: 'ada' } as const

const hooks: Hooks = {
  beforeSync: { name: 'before', run: () => {} },
  afterSync: { name: 'after', run: () => {} },
}

/** What an application has besides its policy, or in place of what it has. */
type Besides = Partial<Application<MemoryManifest>>

/** An application that has been brought about, and then gets another policy, in a world in which only events are quick. */
async function begun(more: Partial<SyncPolicy> = {}, besides: Besides = {}, options: WorldOptions = {}) {
  const slow = { prune: true, intervalMs: 24 * hour, deadlineMs: 24 * hour }
  const made = world({
    pollMs: 600_000,
    files: filesOf({ id: 'web', size: 1 }),
    ...options,
    sync: { ...slow, ...options.sync },
  })
  const { engine, clock, source, target, told } = made
  await made.start()
  const define = (sync: Partial<SyncPolicy>, rest: Besides = {}) =>
    defineApplication({
      name: 'shop',
      source,
      path: 'app',
      renderer: jsonRenderer<MemoryManifest>(),
      target: options.target?.(target) ?? target,
      sync: { ...slow, ...sync },
      ...rest,
    })
  engine.replace(define(more, besides))
  await clock.advance(100)
  const commit = async (...manifests: readonly MemoryManifest[]): Promise<string> => {
    const { id } = source.commit(filesOf(...manifests))
    engine.refresh(source)
    await clock.advance(1_000)
    return id
  }
  const approve = async (by: Partial<Approving> = {}, ms = 1_000): Promise<string> => {
    const { id } = await engine.plan('shop')
    await engine.approve(id, { actor: 'grace', ...by })
    await clock.advance(ms)
    return id
  }
  const rollback = async (to: string) => {
    const ended = await settled(engine.rollback('shop', { to, actor: 'ada' }), clock, 1_000)
    return ended !== undefined && 'value' in ended ? ended.value.outcome : ended
  }
  const until = (moment: number): Promise<void> => clock.advance(moment - clock.now() + 1_000)
  const first = (await engine.status('shop')).applied?.id as string
  const size = (id = 'web') => target.live.get(id)?.manifest.size
  const codes = async () => (await engine.status('shop')).holds.map(({ code }) => code)
  told.length = 0
  return { ...made, define, commit, approve, rollback, until, first, size, codes }
}

/** Names what is written and which hooks run, in turn. */
const lines = (told: readonly EngineEvent[]): readonly string[] =>
  told.flatMap((event) => {
    if (event.type === 'change.applied') return [`${event.change.action} ${event.change.key}`]
    return event.type === 'hook.started' ? [`hook ${event.hook.name}`] : []
  })

describe('an approval', () => {
  test('given while the window is closed is what runs when that opens', async () => {
    const { engine, clock, commit, approve, until, size, codes } = await begun({
      approval: 'always',
      windows: [atOne],
    })
    await commit({ id: 'web', size: 2 })
    expect(await codes()).toEqual(['WINDOW_CLOSED'])
    const planId = await approve()
    await clock.advance(minute)
    expect([size(), await codes()]).toEqual([1, ['WINDOW_CLOSED']])
    await until(opening)
    expect(size()).toBe(2)
    expect((await engine.history('shop'))[0]).toMatchObject({ approvedBy: 'grace', planId })
    // It served that one.
    await commit({ id: 'web', size: 3 })
    expect([size(), await codes()]).toEqual([2, ['APPROVAL_NEEDED']])
    await engine.stop()
  })

  test('that expires is told to have expired at that moment, not by the next interval', async () => {
    const { engine, clock, commit, approve, codes } = await begun(
      { approval: 'always' },
      { dependsOn: ['nobody'] },
    )
    await commit({ id: 'web', size: 2 })
    await approve({ expiresInMs: 10 * minute }, 9 * minute)
    expect(await codes()).toEqual(['DEPENDENCY_NOT_MET'])
    await clock.advance(minute + 1_000)
    expect(await codes()).toEqual(['APPROVAL_STALE'])
    await engine.stop()
    expect(clock.pending()).toBe(0)
  })

  test('runs an application that is not automated: that plan, and no other', async () => {
    const { engine, clock, commit, size, codes, approve } = await begun({ automated: false })
    await commit({ id: 'web', size: 2 })
    expect(await codes()).toEqual(['NOT_AUTOMATED'])
    expect((await engine.status('shop')).holds[0]?.release).toContain('engine.approve(')
    const planId = await approve()
    expect(size()).toBe(2)
    expect((await engine.history('shop'))[0]).toMatchObject({
      outcome: 'synced',
      approvedBy: 'grace',
      planId,
    })
    await commit({ id: 'web', size: 3 })
    await clock.advance(25 * hour)
    expect([size(), await codes()]).toEqual([2, ['NOT_AUTOMATED']])
    await engine.stop()
  })

  test('where nothing is automated leaves the operation open, and held, when it expires before that began', async () => {
    const { engine, clock, commit, approve, size, codes } = await begun({
      automated: false,
      windows: [{ ...atOne, manual: true }],
    })
    await commit({ id: 'web', size: 2 })
    await approve({ expiresInMs: 10 * minute })
    // No approval opens a window: that is for whoever syncs.
    expect([size(), await codes()]).toEqual([1, ['WINDOW_CLOSED']])
    await clock.advance(2 * hour)
    expect([size(), await codes()]).toEqual([1, ['NOT_AUTOMATED']])
    expect((await engine.status('shop')).operation?.heldSince).toBeDefined()
    const asked = await settled(engine.sync('shop', { actor: 'ada' }), clock, 1_000)
    expect([asked, size()]).toMatchObject([{ value: { outcome: 'synced' } }, 2])
    await engine.stop()
  })

  test('of what a commit has overtaken releases nothing, and the new plan is approved by itself', async () => {
    const { engine, commit, approve, size, codes } = await begun({ approval: 'always' })
    const second = await commit({ id: 'web', size: 2 })
    const { id } = await engine.plan('shop')
    await commit({ id: 'web', size: 3 })
    expect((await engine.history('shop'))[0]).toMatchObject({ outcome: 'superseded', to: second })
    await expect(engine.approve(id, { actor: 'grace' })).rejects.toMatchObject({ code: 'PLAN_STALE' })
    expect([size(), await codes()]).toEqual([1, ['APPROVAL_NEEDED']])
    await approve()
    expect(size()).toBe(3)
    await engine.stop()
  })
})

describe('a rollback', () => {
  test('waits for an approval of its own', async () => {
    const { engine, commit, approve, rollback, size, first, codes } = await begun({ approval: 'always' })
    await commit({ id: 'web', size: 2 })
    await approve()
    expect(await rollback(first)).toBe('held')
    expect([size(), await codes()]).toEqual([2, ['APPROVAL_NEEDED']])
    await approve()
    expect(size()).toBe(1)
    expect((await engine.history('shop'))[0]).toMatchObject({
      cause: 'rollback',
      actor: 'ada',
      approvedBy: 'grace',
    })
    await engine.stop()
  })

  test('takes back an approval that nothing has come of yet', async () => {
    const { engine, commit, approve, rollback, until, size, first, codes } = await begun({
      approval: 'always',
      windows: [atOne],
    })
    await commit({ id: 'web', size: 2 })
    await approve()
    await rollback(first)
    await engine.unpin('shop', { actor: 'ada' })
    await until(opening)
    expect([size(), await codes()]).toEqual([1, ['APPROVAL_STALE']])
    await engine.stop()
  })

  test('takes back one that no operation has been opened for', async () => {
    const { engine, clock, commit, rollback, size, first, codes } = await begun({ automated: false })
    await commit({ id: 'web', size: 2 })
    const { id } = await engine.plan('shop')
    // In one go, so that no pass comes between them.
    await Promise.all([engine.approve(id, { actor: 'grace' }), rollback(first)])
    await engine.unpin('shop', { actor: 'ada' })
    await clock.advance(25 * hour)
    expect([size(), await codes()]).toEqual([1, ['NOT_AUTOMATED']])
    await engine.stop()
  })

  test.each([
    [true, 1, []],
    [false, 2, ['WINDOW_CLOSED']],
  ] as const)('in a closed window with manual: %s is of size %i soon', async (manual, soon, held) => {
    const { engine, define, clock, commit, rollback, until, size, first, codes } = await begun()
    await commit({ id: 'web', size: 2 })
    engine.replace(define({ windows: [{ ...atOne, manual }] }))
    await clock.advance(1_000)
    await rollback(first)
    expect([size(), await codes()]).toEqual([soon, held])
    await until(opening)
    expect([size(), (await engine.status('shop')).pin?.by]).toEqual([1, 'ada'])
    await engine.stop()
  })

  test('in a closed window that says manual goes through all of its stages', async () => {
    const { engine, define, target, clock, commit, rollback, size } = await begun()
    const later = { id: 'later', traits: { wave: 1 } }
    await commit({ id: 'web', size: 2 }, { ...later, size: 2 })
    const second = (await engine.status('shop')).applied?.id as string
    await commit({ id: 'web', size: 3 }, { ...later, size: 3 })
    engine.replace(define({ windows: [{ ...atOne, manual: true }] }))
    await clock.advance(1_000)
    target.setHealth('web', { state: 'progressing' })
    await rollback(second)
    expect([size(), size('later')]).toEqual([2, 3])
    target.setHealth('web', { state: 'healthy' })
    await clock.advance(5_000)
    expect([size(), size('later')]).toEqual([2, 2])
    await engine.stop()
  })

  test('is a wish for once: what its pin asks for later is automation, which no window lets through', async () => {
    const { engine, define, clock, commit, rollback, until, size, first, codes, source } = await begun()
    await commit({ id: 'web', size: 2 })
    await rollback(first)
    const nine = (all: readonly Located<MemoryManifest>[]) =>
      all.map((one) => ({ ...one, manifest: { ...one.manifest, size: 9 } }))
    engine.replace(define({ windows: [{ ...atOne, manual: true }] }, { transforms: [nine] }))
    await clock.advance(minute)
    expect([size(), await codes()]).toEqual([1, ['WINDOW_CLOSED']])
    source.commit({ 'elsewhere.json': '{}' })
    engine.refresh(source)
    await clock.advance(minute)
    expect([size(), await codes()]).toEqual([1, ['WINDOW_CLOSED']])
    await until(opening)
    expect(size()).toBe(9)
    await engine.stop()
  })

  test('is held while an application that it depends on is not well, and goes on when that is', async () => {
    const { engine, target, clock, commit, define, rollback, size, first, codes, source } = await begun()
    await commit({ id: 'web', size: 2 })
    engine.replace(define({}, { dependsOn: ['db'] }))
    source.commit({ 'db/db.json': '{ "id": "db" }' })
    engine.add(define({}, { name: 'db', path: 'db' }))
    engine.refresh(source)
    await clock.advance(1_000)
    target.setHealth('db', { state: 'degraded', message: 'crashes' })
    await clock.advance(2_000)
    expect(await rollback(first)).toBe('held')
    expect([size(), await codes()]).toEqual([2, ['DEPENDENCY_NOT_MET']])
    target.setHealth('db', { state: 'healthy' })
    await clock.advance(2_000)
    expect([size(), await codes()]).toEqual([1, []])
    await engine.stop()
  })

  test('to a revision that is not verified pins, is held, and says that another rollback or unpin is the way on', async () => {
    const { engine, source, clock, define, rollback, size, first, codes } = await begun()
    source.commit(filesOf({ id: 'web', size: 2 }), { verification: verified })
    engine.refresh(source)
    await clock.advance(1_000)
    engine.replace(define({ verified: 'required' }))
    await clock.advance(1_000)
    expect(await rollback(first)).toBe('held')
    expect([size(), await codes()]).toEqual([2, ['UNVERIFIED_REVISION']])
    expect((await engine.status('shop')).holds[0]?.release).toContain('engine.unpin')
    await engine.unpin('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect([size(), await codes(), (await engine.status('shop')).sync]).toEqual([2, [], 'synced'])
    await engine.stop()
  })

  test('runs the hooks of its own operation, once', async () => {
    const { engine, commit, rollback, first, told, clock } = await begun({}, { hooks })
    await commit({ id: 'web', size: 2 })
    told.length = 0
    expect(await rollback(first)).toBe('synced')
    await clock.advance(25 * hour)
    expect(lines(told)).toEqual(['hook before', 'update web', 'hook after'])
    await engine.stop()
  })
})

test('a commit beside a pin waits for unpin, and then for its own approval', async () => {
  const { engine, clock, commit, approve, rollback, size, first, codes } = await begun({ approval: 'always' })
  await commit({ id: 'web', size: 2 })
  await approve()
  await rollback(first)
  await approve()
  await commit({ id: 'web', size: 3 })
  expect([size(), await codes()]).toEqual([1, []])
  await engine.unpin('shop', { actor: 'ada' })
  await clock.advance(1_000)
  expect([size(), await codes()]).toEqual([1, ['APPROVAL_NEEDED']])
  await approve()
  expect(size()).toBe(3)
  await engine.stop()
})

describe('an approved plan with hooks', () => {
  test('runs each of them once, and none before it is approved', async () => {
    const { engine, commit, approve, told, clock } = await begun({ approval: 'always' }, { hooks })
    // The hooks came with the definition, and the desired state is the same.
    await commit({ id: 'web', size: 2 })
    await clock.advance(hour)
    expect(lines(told)).toEqual([])
    await approve()
    await clock.advance(25 * hour)
    expect(lines(told)).toEqual(['hook before', 'update web', 'hook after'])
    await engine.stop()
  })
})

describe('a suspended application', () => {
  test('sleeps through the opening of its window, and does what is due when it is resumed while that is open', async () => {
    const { engine, clock, commit, until, size } = await begun({ windows: [atOne] })
    await commit({ id: 'web', size: 2 })
    await engine.suspend('shop', { actor: 'ada' })
    await until(opening)
    expect(size()).toBe(1)
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect(size()).toBe(2)
    await engine.stop()
  })

  test('that is resumed when the window has closed waits for the next opening', async () => {
    const { engine, clock, commit, until, size, codes } = await begun({
      windows: [{ ...atOne, schedule: '0 1,3 * * *' }],
    })
    await commit({ id: 'web', size: 2 })
    await engine.suspend('shop', { actor: 'ada' })
    await until(opening + hour)
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect([size(), await codes()]).toEqual([1, ['WINDOW_CLOSED']])
    await until(opening + 2 * hour)
    expect(size()).toBe(2)
    await engine.stop()
  })
})

describe('a removal', () => {
  test('needs no approval, runs no hooks, and keeps to its scope', async () => {
    const narrow: Scope = { verbs: ['create', 'update'] }
    const { engine, define, clock, target, told, codes } = await begun(
      { approval: 'always' },
      { hooks, scope: narrow },
    )
    const removal = engine.remove('shop', { prune: true, actor: 'ada' })
    expect(await settled(removal, clock, 1_000)).toMatchObject({ value: { outcome: 'held' } })
    expect([target.live.list(), await codes()]).toEqual([['web'], ['OUT_OF_SCOPE']])
    engine.replace(define({ approval: 'always' }, { hooks }))
    await clock.advance(1_000)
    expect([target.live.list(), lines(told)]).toEqual([[], ['delete web']])
    expect(engine.applications()).toEqual([])
    await engine.stop()
  })
})

describe('a revision that is not verified', () => {
  /** An operation for a verified revision whose first stage is not healthy yet. */
  async function underWay() {
    const made = await begun()
    const { engine, source, clock, define, target } = made
    engine.replace(define({ verified: 'required' }))
    const files = filesOf({ id: 'web', size: 2 }, { id: 'later', traits: { wave: 1 } })
    target.setHealth('web', { state: 'progressing' })
    const { id } = source.commit(files, { verification: verified })
    engine.refresh(source)
    await clock.advance(1_000)
    return { ...made, id }
  }

  test('takes the place of no operation for one that is: it goes on to its end, and what waits is told', async () => {
    const { engine, target, commit, clock, size, codes, id } = await underWay()
    expect(target.live.list()).toEqual(['web'])
    const bad = await commit({ id: 'web', size: 66 }, { id: 'bad' })
    expect(await codes()).toEqual(['UNVERIFIED_REVISION'])
    const { operation, desired, sync } = await engine.status('shop')
    expect([operation?.revision.id, desired?.id, sync]).toEqual([id, bad, 'out-of-sync'])
    target.setHealth('web', { state: 'healthy' })
    await clock.advance(5_000)
    expect([size(), target.live.list()]).toEqual([2, ['web', 'later']])
    expect((await engine.history('shop')).find(({ to }) => to === id)).toMatchObject({ outcome: 'synced' })
    const held = { revision: { id: bad }, heldSince: expect.any(Number) }
    expect(await engine.status('shop')).toMatchObject({
      applied: { id },
      sync: 'out-of-sync',
      operation: held,
    })
    expect(await codes()).toEqual(['UNVERIFIED_REVISION'])
    await engine.stop()
  })

  test('is not what somebody gets who asks while the other one is under way', async () => {
    const { engine, target, commit, clock, size, id } = await underWay()
    await commit({ id: 'web', size: 66 })
    const asked = engine.sync('shop', { actor: 'ada' })
    await clock.advance(1_000)
    target.setHealth('web', { state: 'healthy' })
    await clock.advance(5_000)
    expect(await asked).toMatchObject({ outcome: 'synced', revision: { id } })
    expect(size()).toBe(2)
    await engine.stop()
  })

  test('does not hold the operation where it says nothing else', async () => {
    const { engine, source, target, clock } = await underWay()
    source.commit({ 'elsewhere/x.json': '{}' })
    engine.refresh(source)
    await clock.advance(1_000)
    target.setHealth('web', { state: 'healthy' })
    await clock.advance(5_000)
    expect(target.live.list()).toEqual(['web', 'later'])
    await engine.stop()
  })

  test('gives way to the next one that is, which takes the place of the operation', async () => {
    const { engine, source, target, commit, clock, size } = await underWay()
    await commit({ id: 'web', size: 66 })
    source.commit(filesOf({ id: 'web', size: 3 }), { verification: verified })
    engine.refresh(source)
    await clock.advance(1_000)
    target.setHealth('web', { state: 'healthy' })
    await clock.advance(5_000)
    expect([size(), (await engine.status('shop')).sync]).toEqual([3, 'synced'])
    await engine.stop()
  })
})

test('an application that reads a mount waits for the one it depends on to finish what they share', async () => {
  const { engine, clock, target, source } = await begun({}, {}, { pollMs: 1_000 })
  const app = memorySource({ name: 'app', pollMs: 1_000, files: { 'x.json': '{ "id": "x" }' } })
  const renderer = jsonRenderer<MemoryManifest>()
  const sync = { intervalMs: 24 * hour }
  const both = mount({ '/': source, '/top/app': app })
  engine.add(
    defineApplication({
      name: 'top',
      source: both,
      path: 'top',
      renderer,
      target,
      sync,
      dependsOn: ['shop'],
    }),
  )
  await clock.advance(3_000)
  expect(target.live.get('x')?.manifest).toEqual({ id: 'x' })
  target.setHealth('web', { state: 'progressing' })
  source.commit({ ...filesOf({ id: 'web', size: 2 }), 'top/y.json': '{ "id": "y" }' })
  await clock.advance(5_000)
  expect(target.live.list()).toEqual(['web', 'x'])
  expect((await engine.status('top')).holds).toMatchObject([{ code: 'DEPENDENCY_NOT_MET', passing: true }])
  app.commit({ 'x.json': '{ "id": "x", "size": 2 }' })
  await clock.advance(5_000)
  expect(target.live.get('x')?.manifest).toEqual({ id: 'x' })
  target.setHealth('web', { state: 'healthy' })
  await clock.advance(5_000)
  expect(target.live.list()).toEqual(['web', 'x', 'y'])
  expect(target.live.get('x')?.manifest).toEqual({ id: 'x', size: 2 })
  await engine.stop()
})

describe('a replace', () => {
  const job = (immutable: string): MemoryManifest => ({
    id: 'job',
    immutable,
    traits: { replace: 'allowed' },
  })

  test.each([
    [['create', 'update', 'replace'], 'delete'],
    [['delete', 'update', 'replace'], 'create'],
  ] as const)('by an application that may %j is held before anything is deleted', async (verbs, missing) => {
    const { engine, commit, define, clock, target, codes } = await begun(
      {},
      {},
      { files: filesOf(job('one'), { id: 'b' }, { id: 'c' }) },
    )
    engine.replace(define({}, { scope: { verbs } }))
    await clock.advance(1_000)
    await commit(job('two'))
    expect([target.live.get('job')?.manifest.immutable, await codes()]).toEqual(['one', ['OUT_OF_SCOPE']])
    expect((await engine.status('shop')).holds[0]?.message).toContain(missing)
    engine.replace(define({}, { scope: { verbs: ['create', 'delete', 'update', 'replace'] } }))
    await clock.advance(5_000)
    expect(target.live.get('job')?.manifest.immutable).toBe('two')
    await engine.stop()
  })
})
