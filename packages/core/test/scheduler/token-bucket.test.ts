import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Rate, tokenBucket } from '../../src/scheduler/token-bucket.ts'
import { simulatedClock } from '../../src/testing/simulated-clock.ts'

/** How long each of so many tokens, reserved at once, is away. */
function reservations(rate: Rate | undefined, count: number) {
  const bucket = tokenBucket(simulatedClock(), rate)
  return Array.from({ length: count }, () => bucket.reserve())
}

test.for<[Rate | undefined, readonly number[]]>([
  [{ perSecond: 1 }, [0, 1000, 2000, 3000]],
  [{ perSecond: 10, burst: 1 }, [0, 100, 200, 300]],
  [{ perSecond: 10, burst: 3 }, [0, 0, 0, 100, 200]],
  [{ perSecond: 2 }, [0, 0, 500, 1000]],
  [{ perSecond: 0.1 }, [0, 10_000, 20_000]],
  [undefined, [0, 0, 0, 0]],
])('%o gives tokens after %o ms', ([rate, waits]) => {
  expect(reservations(rate, waits.length)).toEqual(waits)
})

test('asking how long takes no token', () => {
  const bucket = tokenBucket(simulatedClock(), { perSecond: 1 })
  expect([bucket.waitMs(), bucket.waitMs(), bucket.reserve(), bucket.waitMs()]).toEqual([0, 0, 0, 1000])
})

test('tokens come with time and are kept up to the burst', async () => {
  const clock = simulatedClock()
  const bucket = tokenBucket(clock, { perSecond: 10, burst: 2 })
  bucket.reserve()
  bucket.reserve()
  await clock.advance(100)
  expect([bucket.reserve(), bucket.reserve()]).toEqual([0, 100])
  await clock.advance(3_600_000)
  expect([bucket.reserve(), bucket.reserve(), bucket.reserve()]).toEqual([0, 0, 100])
})

test('after a pause there is one token, and then the rate, not a burst', async () => {
  const clock = simulatedClock()
  const bucket = tokenBucket(clock, { perSecond: 10, burst: 5 })
  bucket.pause(1000)
  expect(bucket.waitMs()).toBe(1000)
  await clock.advance(1000)
  expect([bucket.reserve(), bucket.reserve(), bucket.reserve()]).toEqual([0, 100, 200])
})

test('a shorter pause does not shorten the one under way', async () => {
  const clock = simulatedClock()
  const bucket = tokenBucket(clock)
  bucket.pause(1000)
  await clock.advance(100)
  bucket.pause(10)
  expect(bucket.waitMs()).toBe(900)
})

test.for([0, -5, Number.NaN])('a pause of %d ms is none', (ms) => {
  const bucket = tokenBucket(simulatedClock(), { perSecond: 1 })
  bucket.pause(ms)
  expect(bucket.waitMs()).toBe(0)
})

test('a jump of the wall clock changes nothing', () => {
  const clock = simulatedClock()
  const bucket = tokenBucket(clock, { perSecond: 1 })
  bucket.reserve()
  clock.jump(-86_400_000)
  expect(bucket.waitMs()).toBe(1000)
  clock.jump(2 * 86_400_000)
  expect(bucket.waitMs()).toBe(1000)
})

test('in no window are there more tokens than the burst and the rate allow', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0.7, 1, 3, 10, 33),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat({ max: 1500 }), { maxLength: 40 }),
      async (perSecond, burst, pauses) => {
        const clock = simulatedClock()
        const bucket = tokenBucket(clock, { perSecond, burst })
        const given: number[] = []
        for (const ms of pauses) {
          while (bucket.waitMs() === 0) given.push(clock.monotonic() + bucket.reserve())
          await clock.advance(ms)
        }
        for (const [first, from] of given.entries()) {
          for (const [offset, to] of given.slice(first).entries()) {
            expect(offset + 1).toBeLessThanOrEqual(burst + ((to - from) * perSecond) / 1000 + 1e-6)
          }
        }
      },
    ),
    { numRuns: 30 },
  )
})
