import { describe, expect, test } from 'vitest'
import { contest } from '../../src/pass/contest.ts'

const minute = 60_000
const hour = 60 * minute
const healedAt = (times: readonly number[], intervalMs = hour) => {
  const made = contest(intervalMs)
  for (const at of times) made.healed('web', at)
  return made
}

describe('a resource', () => {
  test.each([
    ['that was never healed', [], 0],
    ['healed once', [0], 0],
    ['healed three times', [0, 1, 2], 0],
    ['healed four times', [0, 1, 2, 3], 30_000],
    ['healed five times', [0, 1, 2, 3, 4], 60_000],
    ['healed six times', [0, 1, 2, 3, 4, 5], 120_000],
    ['healed eight times', [0, 1, 2, 3, 4, 5, 6, 7], 480_000],
  ])('%s %j waits until %i ms after the last heal', (_, times, pauseMs) => {
    const { mustWait } = healedAt(times)
    const last = times.at(-1) ?? 0
    if (pauseMs > 0) expect(mustWait('web', last + pauseMs - 1)).toBe(true)
    expect(mustWait('web', last + pauseMs)).toBe(false)
  })

  test('waits no longer than the interval', () => {
    const times = Array.from({ length: 12 }, (_, at) => at)
    const { mustWait } = healedAt(times, 2 * minute)
    expect(mustWait('web', 11 + 2 * minute - 1)).toBe(true)
    expect(mustWait('web', 11 + 2 * minute)).toBe(false)
  })

  test('is contested no more when its heals are ten minutes old', () => {
    const times = [0, 1_000, 2_000, 3_000]
    const { mustWait, heals } = healedAt(times)
    expect(heals('web', 3_000)).toBe(4)
    expect(mustWait('web', 3_001)).toBe(true)
    expect(heals('web', 10 * minute - 1)).toBe(4)
    expect(heals('web', 10 * minute)).toBe(3)
    expect(heals('web', 10 * minute + 3_000)).toBe(0)
    expect(mustWait('web', 10 * minute + 3_000)).toBe(false)
  })

  test('healed every four minutes is not contested', () => {
    const made = contest(hour)
    for (let at = 0; at < 10 * hour; at += 4 * minute) {
      made.healed('web', at)
      expect(made.mustWait('web', at)).toBe(false)
    }
  })

  test('does not make another one wait', () => {
    const { mustWait, heals } = healedAt([0, 1, 2, 3, 4])
    expect(mustWait('other', 5)).toBe(false)
    expect(heals('other', 5)).toBe(0)
  })
})
