import type { SyncPolicy, SyncWindow } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { filesOf, gate, settled, world } from './world.ts'

const hour = 3_600_000
const minute = 60_000

/** Open from midnight on, when the simulated clock begins. */
const denied: SyncWindow = { kind: 'deny', schedule: '0 0 * * *', timeZone: 'UTC', durationMs: 12 * hour }
const policies: readonly (readonly [string, Partial<SyncPolicy>, string])[] = [
  ['an approval', { approval: 'always' }, 'APPROVAL_NEEDED'],
  ['a window', { windows: [denied] }, 'WINDOW_CLOSED'],
  ['a signature', { verified: 'required' }, 'UNVERIFIED_REVISION'],
]

/** A synced application with a hook function, which logs, and then this policy. */
async function hooked(sync: Partial<SyncPolicy>, run: () => unknown = () => undefined) {
  const log: string[] = []
  let isReady = false
  const hooks = {
    beforeSync: {
      name: 'migrate',
      timeoutMs: hour,
      run: () => {
        log.push('migrate')
        return isReady ? run() : undefined
      },
    },
  }
  const made = world({ hooks })
  await made.start()
  await made.clock.advance(1_000)
  made.engine.replace(made.application('shop', sync))
  await made.clock.advance(1_000)
  made.engine.on('change.applied', ({ change }) => void log.push(`${change.action} ${change.key}`))
  log.length = 0
  isReady = true
  const codes = async () => (await made.engine.status('shop')).holds.map(({ code }) => code)
  return { ...made, log, codes }
}

describe('hook functions', () => {
  test.each(policies)(
    'wait for %s where a commit takes back what was held, and nothing is to be written',
    async (_, sync, code) => {
      const { engine, source, clock, log, codes } = await hooked(sync)
      source.commit(filesOf({ id: 'a', image: '2' }))
      await clock.advance(11_000)
      expect(await codes()).toEqual([code])
      source.commit(filesOf({ id: 'a' }))
      await clock.advance(11_000)
      expect(await codes()).toEqual([code])
      expect(log).toEqual([])
      await engine.stop()
    },
  )

  test.each(policies)(
    'wait for %s where a person asks and nothing is to be written',
    async (_, sync, code) => {
      const { engine, clock, log } = await hooked(sync)
      const asked = await settled(engine.sync('shop', { actor: 'ada' }), clock, 1_000)
      expect(asked).toMatchObject({ value: { outcome: 'held' } })
      expect(JSON.stringify(asked)).toContain(code)
      expect(log).toEqual([])
      await engine.stop()
    },
  )

  test('wait for a window where a rollback ends a held operation and leaves nothing to write', async () => {
    const { engine, source, clock, log, codes } = await hooked({ windows: [denied] })
    source.commit(filesOf({ id: 'a', image: '2' }))
    await clock.advance(11_000)
    const asked = engine.rollback('shop', { to: 'previous', actor: 'ada' })
    expect(await settled(asked, clock, 1_000)).toMatchObject({ value: { outcome: 'held' } })
    expect(await codes()).toEqual(['WINDOW_CLOSED'])
    expect(log).toEqual([])
    await engine.stop()
  })
})

test('a person who asks in a closed window that lets people is asked once, however long the hooks take', async () => {
  const slow = gate()
  const { engine, source, clock, log } = await hooked(
    { windows: [{ ...denied, manual: true }] },
    () => slow.pass,
  )
  source.commit(filesOf({ id: 'a', image: '2' }))
  await clock.advance(11_000)
  const asked = engine.sync('shop', { actor: 'ada' })
  await clock.advance(minute)
  expect(log).toEqual(['migrate'])
  slow.open()
  expect(await settled(asked, clock, minute)).toMatchObject({ value: { outcome: 'synced' } })
  expect(log).toEqual(['migrate', 'update a'])
  await engine.stop()
})

describe('an operation whose hook began', () => {
  test.each([
    [true, ['migrate', 'update a']],
    [false, ['migrate']],
  ])('before its window closed may finish, where overrun is %s', async (overrun, expected) => {
    const window: SyncWindow = {
      kind: 'allow',
      schedule: '0 0 * * *',
      timeZone: 'UTC',
      durationMs: 10 * minute,
      overrun,
    }
    const slow = gate()
    const { engine, source, clock, log } = await hooked(
      { windows: [window], deadlineMs: hour },
      () => slow.pass,
    )
    source.commit(filesOf({ id: 'a', image: '2' }))
    await clock.advance(minute)
    expect(log).toEqual(['migrate'])
    await clock.advance(10 * minute)
    slow.open()
    await clock.advance(minute)
    expect(log).toEqual(expected)
    await engine.stop()
  })

  test('by an approval is not held when that expires meanwhile', async () => {
    const slow = gate()
    const { engine, source, clock, log } = await hooked({ approval: 'always' }, () => slow.pass)
    source.commit(filesOf({ id: 'a', image: '2' }))
    await clock.advance(11_000)
    const plan = await engine.plan('shop')
    await engine.approve(plan.id, { actor: 'grace', expiresInMs: minute })
    await clock.advance(2 * minute)
    expect(log).toEqual(['migrate'])
    slow.open()
    await clock.advance(minute)
    expect(log).toEqual(['migrate', 'update a'])
    await engine.stop()
  })
})
