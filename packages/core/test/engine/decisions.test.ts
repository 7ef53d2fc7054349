import { isMooringError, type SyncWindow } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { filesOf, gate, settled, without, world } from './world.ts'

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (thrown: unknown) => (isMooringError(thrown) ? thrown.code : String(thrown)),
  )

/** An application that was rolled back from a bad commit, and whose source is not asked by itself for an hour. */
async function rolledBack() {
  let isDown = false
  const made = world({
    pollMs: 3_600_000,
    source: (memory) => ({
      ...memory,
      resolve: async (options) => {
        if (isDown) throw new Error('out of reach')
        return memory.resolve(options)
      },
    }),
  })
  const { engine, source, clock } = made
  await made.start()
  source.commit(filesOf({ id: 'a', image: 'bad' }))
  await settled(engine.sync('shop', { actor: 'ci' }), clock, 1_000)
  await settled(engine.rollback('shop', { to: 'previous', actor: 'grace' }), clock, 1_000)
  const written: string[] = []
  engine.on('change.applied', ({ change }) => void written.push(`${change.action} ${change.key}`))
  const fail = (down: boolean): void => {
    isDown = down
  }
  return { ...made, written, fail }
}

describe('unpin', () => {
  test('asks the source first: what a commit has reverted meanwhile is not written once more', async () => {
    const { engine, source, clock, written } = await rolledBack()
    source.commit(filesOf({ id: 'a' }))
    await engine.unpin('shop', { actor: 'grace' })
    await clock.advance(120_000)
    expect(written).toEqual([])
    expect(await engine.status('shop')).toMatchObject({ sync: 'synced' })
    await engine.stop()
  })

  test('changes nothing where the source cannot be asked, and says why', async () => {
    const { engine, clock, written, fail } = await rolledBack()
    fail(true)
    expect(await codeOf(engine.unpin('shop', { actor: 'grace' }))).toBe('SOURCE_FAILED')
    await clock.advance(120_000)
    expect((await engine.status('shop')).pin).toMatchObject({ by: 'grace' })
    expect(written).toEqual([])
    fail(false)
    await engine.unpin('shop', { actor: 'grace' })
    await clock.advance(1_000)
    expect(written).toEqual(['update a'])
    await engine.stop()
  })
})

/** A delete that waited for an approval, which was given. */
async function approvedDelete() {
  const made = world({ sync: { approval: 'destructive', intervalMs: 3_600_000 } })
  const { engine, source, clock } = made
  await made.start()
  source.commit(without({ id: 'b' }))
  await clock.advance(11_000)
  const { id } = await engine.plan('shop')
  await engine.approve(id, { actor: 'ann' })
  await clock.advance(1_000)
  return { ...made, planId: id }
}

describe('the approval of a plan that was carried out', () => {
  test('is refused: there is nothing left that it would be for', async () => {
    const { engine, source, target, clock, planId } = await approvedDelete()
    expect(target.live.list()).toEqual(['a'])
    expect(await codeOf(engine.approve(planId, { actor: 'ann' }))).toBe('PLAN_STALE')
    expect((await engine.status('shop')).approval).toBeUndefined()
    source.commit(filesOf({ id: 'b' }))
    await clock.advance(11_000)
    source.commit(without({ id: 'b' }))
    await clock.advance(11_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    expect((await engine.status('shop')).holds).toMatchObject([{ code: 'APPROVAL_NEEDED' }])
    await engine.stop()
  })

  test('is accepted where all that was done beside it was to undo drift', async () => {
    const { engine, source, target, clock, start } = world({
      sync: { approval: 'always', intervalMs: 3_600_000 },
    })
    await start()
    await engine.approve((await engine.plan('shop')).id, { actor: 'ann' })
    await clock.advance(1_000)
    target.live.remove('b')
    source.commit(filesOf({ id: 'a', image: '2' }))
    await clock.advance(11_000)
    expect(target.live.list()).toEqual(['a', 'b'])
    const [hold] = (await engine.status('shop')).holds
    const planId = /engine\.approve\('([^']+)'\)/.exec(hold?.release ?? '')?.[1] ?? ''
    await engine.approve(planId, { actor: 'ann' })
    await clock.advance(1_000)
    expect(target.live.get('a')?.manifest).toMatchObject({ image: '2' })
    await engine.stop()
  })

  test('cannot be given for longer than a year', async () => {
    const { engine } = await approvedDelete()
    const { id } = await engine.plan('shop')
    expect(await codeOf(engine.approve(id, { actor: 'ann', expiresInMs: 1e300 }))).toBe('INVALID_APPROVAL')
    await engine.stop()
  })
})

describe('what the history says of a decision', () => {
  test('names nobody who took an approval back before anything was written by it', async () => {
    const slow = gate()
    const hooks = { beforeSync: { name: 'migrate', run: () => slow.pass } }
    const { engine, source, clock, start } = world({ hooks, sync: { approval: 'always' } })
    await start()
    const { id } = await engine.plan('shop')
    await engine.approve(id, { actor: 'ann' })
    await clock.advance(1_000)
    await engine.disapprove(id, { actor: 'zoe' })
    source.commit(filesOf({ id: 'a', image: '2' }))
    slow.open()
    await clock.advance(11_000)
    const ended = (await engine.history('shop')).find(({ cause }) => cause === 'commit')
    expect(ended).toMatchObject({ outcome: 'superseded' })
    expect(ended?.approvedBy).toBeUndefined()
    await engine.stop()
  })

  test('counts nothing as held that a later pass has done', async () => {
    const window: SyncWindow = {
      kind: 'deny',
      schedule: '0 0 * * *',
      timeZone: 'UTC',
      durationMs: 3_600_000,
      manual: true,
    }
    const { engine, clock, start } = world({ sync: { windows: [window] } })
    await start()
    expect((await engine.status('shop')).operation?.counts.held).toBe(2)
    const result = await settled(engine.sync('shop', { actor: 'ann' }), clock, 1_000)
    expect(result).toMatchObject({ value: { outcome: 'synced', counts: { created: 2, held: 0 } } })
    await engine.stop()
  })

  test('tells who kept the application of what was brought back for it, and of no commit', async () => {
    const { engine, clock, target, start } = world({ sync: { protect: ['b'] } })
    await start()
    void engine.remove('shop', { actor: 'eve', prune: true }).catch(() => undefined)
    await clock.advance(1_000)
    expect(target.live.list()).toEqual(['b'])
    await engine.keep('shop', { actor: 'grace', reason: 'wrong one' })
    await clock.advance(1_000)
    expect(target.live.list().toSorted()).toEqual(['a', 'b'])
    expect((await engine.history('shop'))[0]).toMatchObject({
      cause: 'manual',
      actor: 'grace',
      outcome: 'synced',
      message: 'took back the removal that eve asked for: wrong one',
    })
    await clock.advance(120_000)
    expect((await engine.history('shop')).filter(({ cause }) => cause === 'commit')).toHaveLength(1)
    await engine.stop()
  })
})
