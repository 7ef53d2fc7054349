import { MooringError } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { filesOf, world } from './world.ts'

const refusal = (message: string): MooringError =>
  new MooringError({ code: 'REFUSED', kind: 'permanent', message })

describe('after an operation that failed for good', () => {
  test('status says how it ended, while the last pass that found nothing new does not hide it', async () => {
    const { engine, clock, source, target, start } = world()
    await start()
    target.failNext('apply', refusal('no'))
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(15_000)
    target.live.edit('b', { size: 9 })
    await clock.advance(1_000)
    const status = await engine.status('shop')
    expect(status.lastOperation).toMatchObject({
      outcome: 'failed',
      reasons: [expect.stringContaining('no')],
    })
    expect(status.applied?.message).not.toBe(status.desired?.message)
    await engine.stop()
  })

  test('what stood in its way and is gone lets it be tried at once', async () => {
    const { engine, clock, source, target, start } = world({ sync: { intervalMs: 3_600_000 } })
    await start()
    target.failNext('apply', refusal('a field cannot change'))
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(15_000)
    expect((await engine.status('shop')).lastOperation?.outcome).toBe('failed')
    target.live.remove('a')
    await clock.advance(1_000)
    expect(target.live.list().toSorted()).toEqual(['a', 'b'])
    expect(await engine.status('shop')).toMatchObject({
      sync: 'synced',
      lastOperation: { outcome: 'synced' },
    })
    await engine.stop()
  })

  test('what has not changed is not tried before the interval', async () => {
    const { engine, clock, source, target, told, start } = world({ sync: { intervalMs: 3_600_000 } })
    await start()
    target.failNext('apply', refusal('no'), { times: 100 })
    source.commit(filesOf({ id: 'a', size: 2 }))
    await clock.advance(15_000)
    for (let edit = 0; edit < 5; edit++) {
      target.live.edit('b', { size: edit })
      await clock.advance(1_000)
    }
    expect(told.filter(({ type }) => type === 'operation.started')).toHaveLength(2)
    await engine.stop()
  })
})

test('an error of a write names the file and line of the manifest', async () => {
  const { engine, clock, source, target, start } = world()
  await start()
  target.failNext('apply', refusal('not like this'))
  source.commit(filesOf({ id: 'a', size: 2 }))
  const { reasons } = await settledSync(engine, clock)
  expect(reasons.join()).toContain('app/a.json')
  await engine.stop()
})

const settledSync = async (
  engine: ReturnType<typeof world>['engine'],
  clock: ReturnType<typeof world>['clock'],
) => {
  const syncing = engine.sync('shop', { actor: 'ci' })
  await clock.advance(5_000)
  return syncing
}

test('one change that the target refuses hides no other in a diff', async () => {
  const { engine, clock, target, start } = world({ sync: { automated: false } })
  await start()
  await clock.advance(1_000)
  const plan = engine.plan('shop')
  await clock.advance(1_000)
  const made = await plan
  target.failNext('preview', refusal('never'))
  const differing = engine.diff(made)
  await clock.advance(1_000)
  const diffs = await differing
  expect(diffs.map(({ error }) => error?.code)).toEqual(['REFUSED', undefined])
  expect(diffs[1]?.steps).not.toEqual([])
  await engine.stop()
})
