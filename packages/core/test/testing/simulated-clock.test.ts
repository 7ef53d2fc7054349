import { describe, expect, test } from 'vitest'
import { simulatedClock } from '../../src/testing/index.ts'

describe('a simulated clock', () => {
  test('stands still until it is moved', async () => {
    const clock = simulatedClock(1000)
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0])
    await clock.advance(5)
    expect([clock.now(), clock.monotonic()]).toEqual([1005, 5])
  })

  test('runs what falls due at its own time, earliest first, and equal times in the order they were set', async () => {
    const clock = simulatedClock(0)
    const ran: string[] = []
    const note = (name: string) => () => ran.push(`${name} at ${clock.monotonic()}`)
    clock.timer(30, note('late'))
    clock.timer(10, note('early'))
    clock.timer(10, note('early too'))
    clock.timer(31, note('not yet'))
    await clock.advance(30)
    expect(ran).toEqual(['early at 10', 'early too at 10', 'late at 30'])
    expect(clock.pending()).toBe(1)
  })

  test('runs nothing before it is due, and each timer once', async () => {
    const clock = simulatedClock()
    let runs = 0
    clock.timer(10, () => runs++)
    await clock.advance(9)
    expect(runs).toBe(0)
    await clock.advance(1)
    await clock.advance(100)
    expect(runs).toBe(1)
  })

  test('runs timers that are set by the work that timers start', async () => {
    const clock = simulatedClock()
    const ran: number[] = []
    const loop = async () => {
      for (let round = 0; round < 3; round++) {
        await new Promise<void>((resolve) => clock.timer(10, resolve))
        await Promise.resolve()
        ran.push(clock.monotonic())
      }
    }
    const done = loop()
    await clock.advance(30)
    await done
    expect(ran).toEqual([10, 20, 30])
  })

  test('runs timers of no or negative delay without letting time pass', async () => {
    const clock = simulatedClock()
    const ran: string[] = []
    clock.timer(0, () => ran.push('none'))
    clock.timer(-5, () => ran.push('negative'))
    await clock.advance(0)
    expect([ran, clock.monotonic()]).toEqual([['none', 'negative'], 0])
  })

  test('forgets a timer that is cancelled, once or twice', async () => {
    const clock = simulatedClock()
    let runs = 0
    const cancel = clock.timer(10, () => runs++)
    clock.timer(20, () => {})
    cancel()
    cancel()
    await clock.advance(10)
    expect([runs, clock.pending()]).toEqual([0, 1])
  })

  test('moves no timer when the wall clock jumps', async () => {
    const clock = simulatedClock(1000)
    let runs = 0
    clock.timer(10, () => runs++)
    clock.jump(3_600_000)
    clock.jump(-600_000)
    await clock.advance(9)
    expect([runs, clock.now(), clock.monotonic()]).toEqual([0, 3_001_009, 9])
    await clock.advance(1)
    expect(runs).toBe(1)
  })

  test('throws what a timer throws', async () => {
    const clock = simulatedClock()
    clock.timer(1, () => {
      throw new Error('from a timer')
    })
    await expect(clock.advance(1)).rejects.toThrow('from a timer')
  })
})
