import { describe, expect, test } from 'vitest'
import { decide, type PassEnd, retryBackoff, type Streak } from '../../src/pipeline/decide.ts'

const interval = 100_000
const calm: Streak = { failures: 0, replans: 0 }
const after = (end: PassEnd, streak: Streak = calm, random = 0.5) =>
  decide(end, streak, interval, () => random)

describe('the next pass', () => {
  test.each<readonly [string, PassEnd, Streak, ReturnType<typeof decide>]>([
    [
      'after rest comes with the interval, and everything is forgotten',
      { kind: 'rest' },
      { failures: 7, replans: 2 },
      { outcome: 'rest', afterMs: interval, streak: calm },
    ],
    [
      'after waiting without end comes with the interval',
      { kind: 'wait' },
      { failures: 7, replans: 2 },
      { outcome: 'wait', afterMs: interval, streak: calm },
    ],
    [
      'after waiting comes when it was to come',
      { kind: 'wait', atMostMs: 2_000 },
      calm,
      { outcome: 'wait', afterMs: 2_000, streak: calm },
    ],
    [
      'after waiting comes with the interval at the latest',
      { kind: 'wait', atMostMs: 999_999 },
      calm,
      { outcome: 'wait', afterMs: interval, streak: calm },
    ],
    [
      'after a stale view comes at once',
      { kind: 'replan' },
      calm,
      { outcome: 'replan', afterMs: 0, streak: { failures: 0, replans: 1 } },
    ],
    [
      'after a stale view leaves earlier failures in mind',
      { kind: 'replan' },
      { failures: 3, replans: 1 },
      { outcome: 'replan', afterMs: 0, streak: { failures: 3, replans: 2 } },
    ],
    [
      'after the third stale view in a row is a retry',
      { kind: 'replan' },
      { failures: 0, replans: 2 },
      { outcome: 'retry', afterMs: 500, streak: { failures: 1, replans: 0 } },
    ],
    [
      'after a stall comes with the interval, and counts as a failure',
      { kind: 'stall' },
      { failures: 4, replans: 2 },
      { outcome: 'stall', afterMs: interval, streak: { failures: 5, replans: 0 } },
    ],
    [
      'after a first failure is a retry within a second',
      { kind: 'retry' },
      { failures: 0, replans: 2 },
      { outcome: 'retry', afterMs: 500, streak: { failures: 1, replans: 0 } },
    ],
    [
      'after a third failure may take four times as long',
      { kind: 'retry' },
      { failures: 2, replans: 0 },
      { outcome: 'retry', afterMs: 2_000, streak: { failures: 3, replans: 0 } },
    ],
  ])('%s', (_, end, streak, decision) => {
    expect(after(end, streak)).toEqual(decision)
  })

  test.each(['rest', 'wait', 'stall'] as const)('after %s is spread over a tenth either way', (kind) => {
    expect(after({ kind }, calm, 0).afterMs).toBe(90_000)
    expect(after({ kind }, calm, 1).afterMs).toBe(110_000)
  })

  test('after stale views without end is a retry every third time, further and further away', () => {
    let streak = calm
    const told = Array.from({ length: 9 }, () => {
      const decision = after({ kind: 'replan' }, streak, 1)
      streak = decision.streak
      return `${decision.outcome} ${decision.afterMs}`
    })
    expect(told).toEqual([
      'replan 0',
      'replan 0',
      'retry 1000',
      'replan 0',
      'replan 0',
      'retry 2000',
      'replan 0',
      'replan 0',
      'retry 4000',
    ])
  })
})

describe('a retry', () => {
  test.each([
    [0, 1_000],
    [1, 2_000],
    [5, 32_000],
    [8, 256_000],
    [9, 300_000],
    [30, 300_000],
    [5_000, 300_000],
  ])('after %i failures waits up to %i ms, and no longer than five minutes', (failures, mostMs) => {
    expect(after({ kind: 'retry' }, { failures, replans: 0 }, 1).afterMs).toBe(mostMs)
    expect(after({ kind: 'retry' }, { failures, replans: 0 }, 0).afterMs).toBe(0)
    expect(mostMs).toBeLessThanOrEqual(retryBackoff.maxMs)
  })

  test('waits as long as the other side asked for, if that is longer', () => {
    expect(after({ kind: 'retry', retryAfterMs: 60_000 }).afterMs).toBe(60_000)
    expect(after({ kind: 'retry', retryAfterMs: 1 }, { failures: 9, replans: 0 }).afterMs).toBe(150_000)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -5])(
    'waits its own time when the other side asks for %d ms',
    (retryAfterMs) => {
      expect(after({ kind: 'retry', retryAfterMs }).afterMs).toBe(500)
    },
  )
})
