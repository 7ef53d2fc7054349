import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs } from '../../src/scheduler/backoff.ts'

const bounds = { baseMs: 1000, maxMs: 300_000 }

test.for([
  [0, 1000],
  [1, 2000],
  [2, 4000],
  [8, 256_000],
  [9, 300_000],
  [50, 300_000],
  [1e9, 300_000],
  [Number.POSITIVE_INFINITY, 300_000],
] as const)('after %d failures before the last one, the wait is at most %d ms', ([failures, most]) => {
  expect(backoffMs(failures, bounds, () => 1)).toBe(most)
  expect(backoffMs(failures, bounds, () => 0.5)).toBe(most / 2)
  expect(backoffMs(failures, bounds, () => 0)).toBe(0)
})

test('a base of nothing waits for nothing', () => {
  expect(backoffMs(Number.POSITIVE_INFINITY, { baseMs: 0, maxMs: 1000 }, () => 1)).toBe(0)
})

test('a base above the longest wait is cut to it', () => {
  expect(backoffMs(0, { baseMs: 5000, maxMs: 1000 }, () => 1)).toBe(1000)
})

test('the wait is whole milliseconds within its bounds, whatever fails and whatever chance says', () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
      const ms = backoffMs(failures, bounds, () => chance)
      return Number.isInteger(ms) && ms >= 0 && ms <= bounds.maxMs
    }),
  )
})
