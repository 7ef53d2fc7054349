import {
  type ApplicationStatus,
  type Engine,
  isMooringError,
  type Observation,
  type Target,
} from '@mooring/core'
import type { MemoryManifest } from '@mooring/core/testing'
import { describe, expect, test } from 'vitest'
import { filesOf, manifestsOf, settled, without, world } from './world.ts'

const day = 86_400_000

/** An application that was brought about, and then waits for a person's approval of an update of `a`. */
async function held(sync: Parameters<typeof world>[0] = {}) {
  const made = world({ ...sync, sync: { approval: 'always', intervalMs: 3_600_000, ...sync.sync } })
  await made.start()
  await made.engine.approve(idToApprove(await made.engine.status('shop')), { actor: 'ada' })
  await made.clock.advance(1_000)
  made.source.commit(filesOf({ id: 'a', image: '2' }))
  await made.clock.advance(11_000)
  const planId = idToApprove(await made.engine.status('shop'))
  made.told.length = 0
  return { ...made, planId }
}

/** The plan that a hold says is to be approved. */
const idToApprove = ({ holds }: ApplicationStatus): string =>
  /engine\.approve\('([^']+)'\)/.exec(holds.map(({ release }) => release).join())?.[1] ?? ''

const hold = async (engine: Engine) => (await engine.status('shop')).holds[0]

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (thrown: unknown) => (isMooringError(thrown) ? thrown.code : String(thrown)),
  )

describe('a plan that needs approval', () => {
  test('is held as a whole, names itself, and says what it would do', async () => {
    const { engine, target, start } = world({ sync: { approval: 'always' } })
    await start()
    const found = await hold(engine)
    expect(found).toMatchObject({ guard: 'approval', code: 'APPROVAL_NEEDED', keys: ['a', 'b'] })
    expect(found?.message).toContain('2 creates')
    expect(found?.release).toContain((await engine.plan('shop')).id)
    expect(target.live.list()).toEqual([])
    await engine.stop()
  })

  test('runs at once when somebody approves it, and history tells who asked and who approved', async () => {
    const { engine, planId, target, clock, sequence } = await held()
    await engine.approve(planId, { actor: 'grace', reason: 'looked at it' })
    await clock.advance(100)
    expect(target.live.get('a')?.manifest).toMatchObject({ image: '2' })
    expect(sequence('operation.finished', 'change.applied')).toEqual(['change.applied', 'operation.finished'])
    const [ended, given] = await engine.history('shop')
    expect(ended).toMatchObject({
      actor: 'Ada <ada@example.com>',
      approvedBy: 'grace',
      planId,
      outcome: 'synced',
    })
    expect(given).toMatchObject({ cause: 'approval', actor: 'grace', planId })
    expect(given?.message).toContain('looked at it')
    expect((await engine.status('shop')).approval).toBeUndefined()
    await engine.stop()
  })

  test('that is taken back is no part of the operation it was given for', async () => {
    const { engine, planId, clock, source, application } = await held()
    const closed = { kind: 'deny', schedule: '* * * * *', timeZone: 'UTC', durationMs: 120_000 } as const
    engine.replace(application('shop', { approval: 'always', windows: [closed] }))
    await clock.advance(1_000)
    await engine.approve(planId, { actor: 'grace' })
    await clock.advance(1_000)
    expect((await engine.status('shop')).operation?.approval).toMatchObject({ actor: 'grace' })
    await engine.disapprove(planId, { actor: 'grace' })
    await clock.advance(5_000)
    source.commit(filesOf({ id: 'a', image: '3' }))
    await clock.advance(15_000)
    const superseded = (await engine.history('shop')).find(({ outcome }) => outcome === 'superseded')
    expect(superseded).toBeDefined()
    expect(superseded?.approvedBy).toBeUndefined()
    await engine.stop()
  })

  test('needs no approval for heals', async () => {
    const { engine, target, clock } = await held()
    target.live.remove('b')
    await clock.advance(3_600_000)
    expect(target.live.list()).toContain('b')
    expect(target.live.get('a')?.manifest).not.toMatchObject({ image: '2' })
    await engine.stop()
  })

  test('with `destructive` is one that deletes, and waits with everything that is in it', async () => {
    const { engine, source, target, clock, start } = world({ sync: { approval: 'destructive' } })
    await start()
    expect(target.live.list()).toEqual(['a', 'b'])
    source.commit({ ...without({ id: 'b' }), ...filesOf({ id: 'c' }) })
    await clock.advance(11_000)
    expect(await hold(engine)).toMatchObject({ code: 'APPROVAL_NEEDED', keys: ['c', 'b'] })
    await engine.approve(idToApprove(await engine.status('shop')), { actor: 'grace' })
    await clock.advance(100)
    expect(target.live.list()).toEqual(['a', 'c'])
    await engine.stop()
  })
})

describe('an approval', () => {
  test('releases the prune budget, and serves one operation', async () => {
    const { engine, source, target, clock, start } = world({ manifests: manifestsOf(12) })
    await start()
    const all = manifestsOf(12)
    source.commit(without(...all.slice(4)))
    await clock.advance(11_000)
    expect(await hold(engine)).toMatchObject({ code: 'PRUNE_BUDGET' })
    await engine.approve(idToApprove(await engine.status('shop')), { actor: 'grace' })
    await clock.advance(1_000)
    expect(target.live.list()).toEqual(['r0', 'r1', 'r2', 'r3'])
    source.commit(without(...all.slice(1)))
    await clock.advance(11_000)
    expect(await hold(engine)).toMatchObject({ code: 'PRUNE_BUDGET' })
    expect(target.live.list()).toHaveLength(4)
    await engine.stop()
  })

  test('releases an empty desired state', async () => {
    const { engine, source, target, clock, start } = world()
    await start()
    source.commit({ ...without({ id: 'a' }, { id: 'b' }), 'app/.keep': '' })
    await clock.advance(11_000)
    expect(await hold(engine)).toMatchObject({ code: 'EMPTY_DESIRED' })
    await engine.approve(idToApprove(await engine.status('shop')), { actor: 'grace' })
    await clock.advance(1_000)
    expect(target.live.list()).toEqual([])
    await engine.stop()
  })

  test('releases no protected resource', async () => {
    const { engine, source, target, clock, start } = world({ sync: { protect: ['a'] } })
    await start()
    source.commit(without({ id: 'a' }))
    await clock.advance(11_000)
    const plan = await engine.plan('shop')
    await engine.approve(plan.id, { actor: 'grace' })
    await clock.advance(61_000)
    expect(await hold(engine)).toMatchObject({ code: 'PROTECTED_RESOURCE' })
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })

  test('outlives commits elsewhere, which end no operation', async () => {
    const { engine, planId, source, target, clock, sequence } = await held()
    for (let at = 0; at < 5; at++) {
      source.commit({ [`elsewhere/${at}.json`]: '{}' })
      await clock.advance(11_000)
    }
    expect((await engine.plan('shop')).id).toBe(planId)
    await engine.approve(planId, { actor: 'grace' })
    source.commit({ 'elsewhere/more.json': '{}' })
    await clock.advance(11_000)
    expect(target.live.get('a')?.manifest).toMatchObject({ image: '2' })
    expect(sequence('operation.started', 'operation.finished')).toEqual(['operation.finished'])
    await engine.stop()
  })

  test('is stale after an edit of a live resource, and says which', async () => {
    const { engine, planId, target, clock } = await held()
    target.live.edit('a', { image: 'edited' })
    await engine.approve(planId, { actor: 'grace' })
    await clock.advance(1_000)
    const found = await hold(engine)
    expect(found).toMatchObject({ code: 'APPROVAL_STALE' })
    expect(found?.message).toMatch(/grace.*changed on the target since then: .*a/)
    expect(target.live.get('a')?.manifest).toMatchObject({ image: 'edited' })
    await engine.approve(idToApprove(await engine.status('shop')), { actor: 'grace' })
    await clock.advance(1_000)
    expect(target.live.get('a')?.manifest).toMatchObject({ image: '2' })
    await engine.stop()
  })

  test('is judged by a fresh look: an edit that a watch has not told yet makes it stale', async () => {
    const late = (memory: Target<MemoryManifest>): Target<MemoryManifest> => {
      let seen: ReadonlyMap<string, Observation> | undefined
      return {
        ...memory,
        observe: async (keys, call) => {
          if (seen === undefined || call.fresh || keys.some((key) => !seen?.has(key)))
            seen = await memory.observe(keys, call)
          return seen
        },
        apply: async (change, call) => {
          seen = undefined
          return memory.apply(change, call)
        },
      }
    }
    const { engine, planId, target, clock } = await held({ target: late })
    await engine.suspend('shop', { actor: 'ada' })
    await engine.approve(planId, { actor: 'grace' })
    target.live.edit('a', { image: 'edited' })
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect([await hold(engine), target.live.get('a')?.manifest]).toMatchObject([
      { code: 'APPROVAL_STALE' },
      { image: 'edited' },
    ])
    await engine.stop()
  })

  test('is needed for hooks too where there is nothing else to do', async () => {
    const ran: string[] = []
    const hooks = { afterSync: { name: 'tell', run: () => void ran.push('tell') } }
    const { engine, source, target, clock, planId } = await held({ hooks })
    await engine.approve(planId, { actor: 'grace' })
    await clock.advance(1_000)
    ran.length = 0
    await engine.suspend('shop', { actor: 'ada' })
    target.live.remove('b')
    source.commit(without({ id: 'b' }))
    await clock.advance(11_000)
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect([await hold(engine), ran]).toMatchObject([{ code: 'APPROVAL_NEEDED', keys: [] }, []])
    await engine.approve(idToApprove(await engine.status('shop')), { actor: 'grace' })
    await clock.advance(1_000)
    expect(ran).toEqual(['tell'])
    await engine.stop()
  })

  test('is stale after another commit to the application, and says which', async () => {
    const { engine, planId, source, target, clock } = await held({ sync: { deadlineMs: day } })
    target.hangNext('apply')
    await engine.approve(planId, { actor: 'grace' })
    source.commit(filesOf({ id: 'a', image: '3' }))
    await clock.advance(120_000)
    const found = await hold(engine)
    expect(found).toMatchObject({ code: 'APPROVAL_STALE' })
    expect(found?.message).toMatch(/memory@[0-9a-f]+ desires something else: .*a/)
    expect(target.live.get('a')?.manifest).not.toMatchObject({ image: '3' })
    await engine.stop()
  })

  test('expires', async () => {
    const { engine, planId, clock, target } = await held()
    await engine.suspend('shop', { actor: 'ada' })
    const { expiresAt } = await engine.approve(planId, { actor: 'grace', expiresInMs: 1_000 })
    await clock.advance(2_000)
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(1_000)
    const found = await hold(engine)
    expect(found).toMatchObject({ code: 'APPROVAL_STALE' })
    expect(found?.message).toContain(new Date(expiresAt).toISOString())
    expect(target.live.get('a')?.manifest).not.toMatchObject({ image: '2' })
    await engine.stop()
  })

  test('that is taken back before it was used lets nothing happen', async () => {
    const { engine, planId, clock, target } = await held()
    await engine.suspend('shop', { actor: 'ada' })
    await engine.approve(planId, { actor: 'grace' })
    await engine.disapprove(planId, { actor: 'grace', reason: 'second thoughts' })
    await engine.resume('shop', { actor: 'ada' })
    await clock.advance(1_000)
    expect(await hold(engine)).toMatchObject({ code: 'APPROVAL_NEEDED' })
    expect(target.live.get('a')?.manifest).not.toMatchObject({ image: '2' })
    expect((await engine.history('shop')).find(({ cause }) => cause !== 'resume')).toMatchObject({
      cause: 'approval',
      actor: 'grace',
    })
    expect(await codeOf(engine.disapprove(planId, { actor: 'grace' }))).toBe('PLAN_UNKNOWN')
    await engine.stop()
  })

  test('is refused for a plan that another has replaced, and for one that nobody made', async () => {
    const { engine, planId, source, clock } = await held()
    source.commit(filesOf({ id: 'a', image: '3' }))
    await clock.advance(11_000)
    expect(await codeOf(engine.approve(planId, { actor: 'grace' }))).toBe('PLAN_STALE')
    expect(await codeOf(engine.approve('nonsense', { actor: 'grace' }))).toBe('PLAN_UNKNOWN')
    expect(await codeOf(engine.approve(planId, { actor: 'grace', expiresInMs: 0 }))).toBe('INVALID_APPROVAL')
    await engine.stop()
  })

  test('lets `apply` of the same plan come to its end', async () => {
    const { engine, clock } = await held()
    const plan = await engine.plan('shop')
    const first = await settled(engine.apply(plan, { actor: 'ci' }), clock, 1_000)
    expect(first).toMatchObject({ value: { outcome: 'held' } })
    await engine.approve(plan.id, { actor: 'grace' })
    expect(await settled(engine.sync('shop', { actor: 'ci' }), clock, 1_000)).toMatchObject({
      value: { outcome: 'synced' },
    })
    await engine.stop()
  })
})
