import { defineApplication, isMooringError, type SyncPolicy, type SyncWindow } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { filesOf, settled, world } from './world.ts'

const hour = 3_600_000
const minute = 60_000

/** The simulated clock begins at midnight of 2026-01-01, UTC: an hour before this window opens. */
const atOne: SyncWindow = { kind: 'allow', schedule: '0 1 * * *', timeZone: 'UTC', durationMs: hour }
const now: SyncWindow = { kind: 'deny', schedule: '0 0 * * *', timeZone: 'UTC', durationMs: hour }

/** Passes come by events and by the interval, and the interval is a day. */
const sleepy = (windows: readonly SyncWindow[], over: Partial<SyncPolicy> = {}) =>
  world({ sync: { windows, intervalMs: 24 * hour, ...over } })

describe('a closed window', () => {
  test.each([
    ['none that allows is open', atOne],
    ['one denies', { ...now, reason: 'peak season' }],
  ] as const)(
    'holds what is new where %s, says when it opens, and is over at that moment',
    async (_, window) => {
      const { engine, clock, target, start, told } = sleepy([window])
      await start()
      const { holds, operation } = await engine.status('shop')
      const opensAt = Date.UTC(2026, 0, 1, 1)
      expect(holds).toMatchObject([{ code: 'WINDOW_CLOSED', until: opensAt, holdsOperation: true }])
      expect(holds[0]?.release).toContain(new Date(opensAt).toISOString())
      if ('reason' in window) expect(holds[0]?.message).toContain('peak season')
      expect(operation?.heldSince).toBeDefined()
      await clock.advance(opensAt - clock.now() - 1)
      expect(target.live.list()).toEqual([])
      await clock.advance(100)
      expect(target.live.list()).toEqual(['a', 'b'])
      expect(told.findLast((event) => event.type === 'pass.started')).toMatchObject({ trigger: 'due' })
      await engine.stop()
      expect(clock.pending()).toBe(0)
    },
  )

  test('opens when the clock says so, also when somebody sets it', async () => {
    const { engine, clock, target, start } = sleepy([atOne])
    await start()
    clock.jump(hour + minute)
    await clock.advance(1_100)
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })

  test('stays closed when somebody sets the clock back', async () => {
    const { engine, clock, target, start } = sleepy([atOne])
    await start()
    clock.jump(-hour)
    await clock.advance(hour + minute)
    expect(target.live.list()).toEqual([])
    await clock.advance(hour)
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })

  test('lets heals go on, unless it says otherwise', async () => {
    for (const holdsHeals of [false, true]) {
      const window = { ...atOne, schedule: '0 0 * * *', durationMs: 10 * minute, holdsHeals }
      const { engine, clock, target, start } = sleepy([window], { intervalMs: minute })
      await start()
      await clock.advance(15 * minute)
      target.live.remove('a')
      await clock.advance(2 * minute)
      expect(target.live.list().includes('a')).toBe(!holdsHeals)
      await engine.stop()
    }
  })

  test.each([
    [false, ['a']],
    [true, ['a', 'b']],
  ])('lets an operation finish that has begun, where overrun is %s', async (overrun, expected) => {
    const window: SyncWindow = { ...atOne, schedule: '0 0 * * *', durationMs: 10 * minute, overrun }
    const { engine, clock, target, start } = world({
      manifests: [{ id: 'a' }, { id: 'b', traits: { wave: 1 } }],
      sync: { windows: [window], deadlineMs: hour },
      memoryTarget: { health: { state: 'progressing' } },
    })
    await start()
    expect(target.live.list()).toEqual(['a'])
    await clock.advance(11 * minute)
    target.setHealth('a', { state: 'healthy' })
    await clock.advance(2 * minute)
    expect(target.live.list()).toEqual(expected)
    await engine.stop()
  })

  test.each([
    [false, 'held'],
    [true, 'synced'],
  ])('lets a person do what they ask for, where manual is %s', async (manual, outcome) => {
    const { engine, clock, source, target, start } = sleepy([{ ...atOne, manual }])
    await start()
    const result = await settled(engine.sync('shop', { actor: 'ada' }), clock, 1_000)
    expect(result).toMatchObject({ value: { outcome } })
    source.commit(filesOf({ id: 'c' }))
    await clock.advance(15_000)
    expect(target.live.list()).not.toContain('c')
    await engine.stop()
  })

  test('is not opened by an approval', async () => {
    const { engine, clock, target, start } = sleepy([atOne], { approval: 'always' })
    await start()
    await engine.approve((await engine.plan('shop')).id, { actor: 'grace' })
    await clock.advance(minute)
    expect((await engine.status('shop')).holds).toMatchObject([{ code: 'WINDOW_CLOSED' }])
    expect(target.live.list()).toEqual([])
    await clock.advance(hour)
    expect(target.live.list()).toEqual(['a', 'b'])
    await engine.stop()
  })
})

describe('a window that cannot be understood', () => {
  test.each([
    [{ schedule: '0 0 * *' }, 'windows[0].schedule to have the five fields'],
    [{ schedule: '61 * * * *' }, 'windows[0].schedule to be a schedule'],
    [{ schedule: '0 0 30 2 *' }, 'windows[0].schedule to be a schedule'],
    [{ schedule: '@daily' }, 'windows[0].schedule to have the five fields'],
    [{ timeZone: 'Mars/Olympus' }, 'windows[0].timeZone'],
    [{ timeZone: '+02:00' }, 'windows[0].timeZone'],
    [{ durationMs: 5 }, 'windows[0].durationMs'],
    [{ kind: 'maybe' }, 'windows[0].kind'],
    [{ heals: true }, 'no field heals'],
    [{ overrun: 'yes' }, 'windows[0].overrun'],
  ])('is refused with its definition: %j', (over, expected) => {
    const { source, target, application } = world()
    const plain = application().open(({ renderer }) => renderer)
    const define = () =>
      defineApplication({
        name: 'shop',
        source,
        path: 'app',
        renderer: plain as never,
        target,
        sync: { windows: [{ ...atOne, ...over } as SyncWindow] },
      })
    let thrown: unknown
    try {
      define()
    } catch (error) {
      thrown = error
    }
    expect(isMooringError(thrown) && thrown.code).toBe('INVALID_APPLICATION')
    expect(String(thrown)).toContain(expected)
  })
})
