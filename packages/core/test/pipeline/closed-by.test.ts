import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SyncWindow } from '../../src/model/sync-window.ts'
import { closedBy } from '../../src/pipeline/closed-by.ts'

const hour = 3_600_000
const at = (iso: string): number => Date.parse(iso)

const window = (over: Partial<SyncWindow> = {}): SyncWindow => ({
  kind: 'allow',
  schedule: '0 22 * * *',
  timeZone: 'UTC',
  durationMs: 2 * hour,
  ...over,
})

const opening = (windows: readonly SyncWindow[], now: string): string | undefined => {
  const closure = closedBy(windows, at(now))
  if (closure === undefined) return 'open'
  return closure.opensAt === undefined ? undefined : new Date(closure.opensAt).toISOString()
}

describe('sync windows', () => {
  test('that are none say no never', () => {
    expect(closedBy([], 0)).toBeUndefined()
  })

  test.each([
    ['2026-01-01T21:59:59.999Z', '2026-01-01T22:00:00.000Z'],
    ['2026-01-01T22:00:00.000Z', 'open'],
    ['2026-01-01T23:59:59.999Z', 'open'],
    ['2026-01-02T00:00:00.000Z', '2026-01-02T22:00:00.000Z'],
  ])('that allow are open from their start on, that included, until their end: at %s', (now, expected) => {
    expect(opening([window()], now)).toBe(expected)
  })

  test.each([
    ['2026-01-01T21:59:59.999Z', 'open'],
    ['2026-01-01T22:00:00.000Z', '2026-01-02T00:00:00.000Z'],
    ['2026-01-02T00:00:00.000Z', 'open'],
  ])('that deny let everything else: at %s', (now, expected) => {
    expect(opening([window({ kind: 'deny' })], now)).toBe(expected)
  })

  test('that deny win over those that allow', () => {
    const deny = window({ kind: 'deny', schedule: '0 23 * * *', durationMs: 2 * hour })
    expect(opening([window(), deny], '2026-01-01T22:30:00Z')).toBe('open')
    expect(closedBy([window(), deny], at('2026-01-01T23:30:00Z'))).toMatchObject({
      kind: 'deny',
      windows: [deny],
    })
    // When the one that denies ends, none that allows is open any more.
    expect(opening([window(), deny], '2026-01-01T23:30:00Z')).toBe('2026-01-02T22:00:00.000Z')
  })

  test('that overlap or follow each other are one', () => {
    const long = window({ kind: 'deny', schedule: '0 * * * *', durationMs: hour })
    expect(opening([long, window({ kind: 'deny' })], '2026-01-01T22:30:00Z')).toBeUndefined()
    const two = [window(), window({ schedule: '0 0 * * *', durationMs: hour })]
    expect(opening(two, '2026-01-02T00:30:00Z')).toBe('open')
    expect(opening(two, '2026-01-02T01:00:00Z')).toBe('2026-01-02T22:00:00.000Z')
  })

  test('that never come cannot be foreseen', () => {
    expect(opening([window({ schedule: '0 0 30 2 *' })], '2026-01-01T00:00:00Z')).toBeUndefined()
  })
})

describe('a window in a time zone', () => {
  const night = (over: Partial<SyncWindow> = {}) =>
    window({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin', durationMs: hour, ...over })

  test('opens at the time of the wall, in summer and in winter', () => {
    expect(opening([night()], '2026-03-27T12:00:00Z')).toBe('2026-03-28T01:30:00.000Z')
    expect(opening([night()], '2026-03-30T12:00:00Z')).toBe('2026-03-31T00:30:00.000Z')
  })

  test('that the change to summer time skips opens right after the gap, for its whole duration', () => {
    expect(opening([night()], '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z')
    expect(opening([night()], '2026-03-29T01:59:59Z')).toBe('open')
    expect(opening([night()], '2026-03-29T02:00:00Z')).toBe('2026-03-30T00:30:00.000Z')
  })

  test('that the change back repeats opens once', () => {
    expect(opening([night()], '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z')
    // Half past two comes again an hour later, and this is not that window.
    expect(opening([night()], '2026-10-25T01:30:00Z')).toBe('2026-10-26T01:30:00.000Z')
  })

  test('that is open through the change is open for as long as it says', () => {
    const evening = night({ schedule: '0 22 * * *', durationMs: 8 * hour })
    expect(opening([evening], '2026-03-29T04:59:59Z')).toBe('open')
    expect(opening([evening], '2026-03-29T05:00:00Z')).toBe('2026-03-29T20:00:00.000Z')
    expect(opening([evening], '2026-10-25T03:59:59Z')).toBe('open')
    expect(opening([evening], '2026-10-25T04:00:00Z')).toBe('2026-10-25T21:00:00.000Z')
  })
})

const anyWindow = fc.record({
  kind: fc.constantFrom('allow', 'deny'),
  schedule: fc.constantFrom('0 22 * * *', '30 2 * * *', '0 9 * * 1-5', '0 0 1 * *', '0 */6 * * *'),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
  durationMs: fc.constantFrom(300_000, hour, 10 * hour, 80 * hour),
}) satisfies fc.Arbitrary<SyncWindow>

const anyTime = fc
  .constantFrom(
    '2026-03-29T00:00:00Z',
    '2026-10-25T00:00:00Z',
    '2026-03-08T06:00:00Z',
    '2026-06-01T00:00:00Z',
  )
  .chain((day) => fc.integer({ min: -30 * 60, max: 30 * 60 }).map((minutes) => at(day) + minutes * 60_000))

describe('for any windows, at any time of the year', () => {
  test('the opening that is foreseen is one, and there is none before it', () => {
    fc.assert(
      fc.property(
        fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
        anyTime,
        fc.nat(99),
        (windows, now, part) => {
          const closure = closedBy(windows, now)
          if (closure?.opensAt === undefined) return
          expect(closure.opensAt).toBeGreaterThan(now)
          expect(closedBy(windows, closure.opensAt)).toBeUndefined()
          const before = now + Math.floor(((closure.opensAt - now - 1) * part) / 99)
          expect(closedBy(windows, before)?.opensAt).toBe(closure.opensAt)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('one more that denies opens nothing', () => {
    fc.assert(
      fc.property(fc.array(anyWindow, { maxLength: 3 }), anyWindow, anyTime, (windows, other, now) => {
        fc.pre(closedBy(windows, now) !== undefined)
        expect(closedBy([...windows, { ...other, kind: 'deny' }], now)).toBeDefined()
      }),
      { numRuns: 60 },
    )
  })
})
