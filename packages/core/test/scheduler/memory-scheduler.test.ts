import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Scheduler } from '../../src/ports/scheduler.ts'
import { type MemorySchedulerOptions, memoryScheduler } from '../../src/scheduler/memory-scheduler.ts'
import { simulatedClock } from '../../src/testing/simulated-clock.ts'

/** A scheduler whose work ends when the test says so. */
function setUp(options: Omit<MemorySchedulerOptions, 'clock'> = {}) {
  const clock = simulatedClock()
  const scheduler = memoryScheduler({ clock, ...options })
  const running = new Map<string, PromiseWithResolvers<void>>()
  const started: string[] = []
  let most = 0
  const work = async (name: string): Promise<void> => {
    if (running.has(name)) throw new Error(`${name} is run twice at once`)
    const end = Promise.withResolvers<void>()
    running.set(name, end)
    started.push(name)
    most = Math.max(most, running.size)
    try {
      await end.promise
    } finally {
      running.delete(name)
    }
  }
  const finish = async (name: string) => {
    running.get(name)?.resolve()
    await turn()
  }
  return { clock, scheduler, work, started, running, finish, most: () => most }
}

/** Whether a promise has settled by now. */
async function isSettled(promise: PromiseLike<unknown>) {
  let settled = false
  const note = () => {
    settled = true
  }
  promise.then(note, note)
  await turn()
  return settled
}

const idle = { ready: 0, delayed: 0, running: 0, oldestReadyMs: 0 }

test('runs no more at once than there are slots', async () => {
  const { scheduler, work, started, running, finish, most } = setUp({ slots: 3, groupCap: 20 })
  scheduler.start(work)
  for (let count = 0; count < 20; count++) scheduler.add(`name ${count}`)
  await turn()
  expect(scheduler.figures()).toMatchObject({ ready: 17, running: 3 })
  while (running.size > 0) await finish([...running.keys()][0] ?? '')
  expect(started).toHaveLength(20)
  expect(most()).toBe(3)
  expect(scheduler.figures()).toEqual(idle)
})

test('what is added before the start, or in one go, starts by priority', async () => {
  const { scheduler, work, started, finish } = setUp({ slots: 1 })
  scheduler.add('interval', { priority: 0 })
  scheduler.add('person', { priority: 40 })
  await turn()
  expect(started).toEqual([])
  scheduler.start(work)
  scheduler.add('another person', { priority: 40 })
  await turn()
  await finish('person')
  await finish('another person')
  expect(started).toEqual(['person', 'another person', 'interval'])
})

test('no second line forms: who comes last and is most important starts next', async () => {
  const { scheduler, work, started, finish } = setUp({ slots: 1, groupCap: 20 })
  scheduler.start(work)
  for (const name of ['a', 'b', 'c']) scheduler.add(name, { priority: 0 })
  await turn()
  scheduler.add('person', { priority: 40 })
  await finish('a')
  expect(started).toEqual(['a', 'person'])
})

test('a name added while it runs starts once more when it is done', async () => {
  const { scheduler, work, started, finish } = setUp()
  scheduler.start(work)
  scheduler.add('a')
  await turn()
  scheduler.add('a')
  scheduler.add('a')
  await turn()
  expect(started).toEqual(['a'])
  await finish('a')
  await finish('a')
  expect(started).toEqual(['a', 'a'])
  expect(scheduler.figures()).toEqual(idle)
})

test('a name that schedules itself starts at the time it asked for', async () => {
  const { clock, scheduler } = setUp()
  const starts: number[] = []
  scheduler.start(async (name) => {
    starts.push(clock.monotonic())
    scheduler.add(name, { afterMs: 60_000 })
  })
  scheduler.add('a')
  await clock.advance(180_000)
  expect(starts).toEqual([0, 60_000, 120_000, 180_000])
  expect(scheduler.dueIn('a')).toBe(60_000)
})

test('a group that is alone has all slots, and gives half of them back when another one comes', async () => {
  const { clock, scheduler, work, running, finish } = setUp({ slots: 4 })
  scheduler.start(work)
  for (let count = 0; count < 9; count++) scheduler.add(`one ${count}`, { group: 'one', priority: 40 })
  await clock.advance(10)
  expect(running.size).toBe(4)
  for (let count = 0; count < 9; count++) scheduler.add(`two ${count}`, { group: 'two' })
  for (let count = 0; count < 4; count++) await finish(`one ${count}`)
  await clock.advance(10)
  expect([...running.keys()].map((name) => name.slice(0, 3)).toSorted()).toEqual(['one', 'one', 'two', 'two'])
})

test('a group has no more than the cap that somebody set, also alone', async () => {
  const { clock, scheduler, work, running } = setUp({ slots: 4, groupCap: 1 })
  scheduler.start(work)
  for (let count = 0; count < 9; count++) scheduler.add(`one ${count}`, { group: 'one' })
  await clock.advance(10)
  expect(running.size).toBe(1)
})

test('a group that hangs does not stop others, and takes no more than half of the slots', async () => {
  const { clock, scheduler, running } = setUp({ slots: 8 })
  const finished: string[] = []
  scheduler.start(async (name) => {
    if (!name.startsWith('broken')) return void finished.push(name)
    running.set(name, Promise.withResolvers())
    await new Promise(() => {})
  })
  for (let count = 0; count < 50; count++) scheduler.add(`broken ${count}`, { group: 'broken', priority: 40 })
  for (let count = 0; count < 50; count++) scheduler.add(`fine ${count}`, { group: 'fine', priority: 0 })
  await clock.advance(1000)
  expect(finished).toHaveLength(50)
  expect([...running.keys()]).toEqual(['broken 0', 'broken 1', 'broken 2', 'broken 3'])
})

test.for(['throws at once', 'rejects'])(
  'work that %s is reported, and neither slot nor name is lost',
  async (how) => {
    const reported: string[] = []
    const { clock, scheduler } = setUp({
      slots: 1,
      onError: (thrown, name) => {
        reported.push(`${name}: ${String(thrown)}`)
        throw new Error('a listener that throws')
      },
    })
    const started: string[] = []
    scheduler.start((name) => {
      started.push(name)
      if (how === 'throws at once') throw new Error(`${name} broke`)
      return Promise.reject(new Error(`${name} broke`))
    })
    scheduler.add('a')
    scheduler.add('b')
    await turn()
    scheduler.add('a')
    await clock.advance(1000)
    expect(started).toEqual(['a', 'b', 'a'])
    expect(reported).toEqual(['a: Error: a broke', 'b: Error: b broke', 'a: Error: a broke'])
    expect(scheduler.figures()).toEqual(idle)
  },
)

test('a group that is slowed down starts nothing until then, while others go on', async () => {
  const { clock, scheduler, work, started } = setUp()
  scheduler.start(work)
  scheduler.slowDown('throttled', 30_000)
  scheduler.add('x', { group: 'throttled', priority: 40 })
  scheduler.add('y', { group: 'other' })
  await clock.advance(29_999)
  expect(started).toEqual(['y'])
  await clock.advance(1)
  expect(started).toEqual(['y', 'x'])
})

test('drain hands out nothing more and resolves when the running names are done', async () => {
  const { clock, scheduler, work, started, finish } = setUp({ slots: 2 })
  scheduler.start(work)
  scheduler.add('a', { group: 'x' })
  scheduler.add('b', { group: 'y' })
  scheduler.add('c', { group: 'x' })
  scheduler.add('later', { afterMs: 1000 })
  await turn()
  const drained = scheduler.drain()
  scheduler.add('d')
  await finish('a')
  await clock.advance(10_000)
  expect(await isSettled(drained)).toBe(false)
  await finish('b')
  expect(await isSettled(drained)).toBe(true)
  expect(started).toEqual(['a', 'b'])
  expect(clock.pending()).toBe(0)
})

test('drain resolves at once when nothing runs, and before the start', async () => {
  const { scheduler, work } = setUp()
  scheduler.add('a')
  expect(await isSettled(scheduler.drain())).toBe(true)
  scheduler.start(work)
  expect(await isSettled(scheduler.drain({ deadlineMs: 1000 }))).toBe(true)
})

test('drain resolves at its deadline when a name hangs, and leaves no timer when none does', async () => {
  const { clock, scheduler, work, finish } = setUp()
  scheduler.start(work)
  scheduler.add('a')
  await turn()
  const hanging = scheduler.drain({ deadlineMs: 1000 })
  await clock.advance(999)
  expect(await isSettled(hanging)).toBe(false)
  await clock.advance(1)
  expect(await isSettled(hanging)).toBe(true)
  const second = scheduler.drain({ deadlineMs: 1000 })
  await finish('a')
  expect(await isSettled(second)).toBe(true)
  expect(clock.pending()).toBe(0)
})

test('nothing is lost on drain: another start runs what stood in line, what was added, and what ran', async () => {
  const { clock, scheduler, work, started, finish } = setUp({ slots: 1 })
  scheduler.start(work)
  scheduler.add('a')
  scheduler.add('b')
  scheduler.add('later', { afterMs: 1000 })
  await turn()
  const drained = scheduler.drain()
  scheduler.add('a')
  scheduler.add('c')
  await finish('a')
  await drained
  expect(started).toEqual(['a'])
  const again: string[] = []
  scheduler.start(async (name) => void again.push(name))
  await clock.advance(1000)
  expect(again).toEqual(['b', 'c', 'a', 'later'])
})

test('disposing forgets every name, sets no timer, and does not wait for what hangs', async () => {
  const { clock, scheduler, work, started } = setUp({ slots: 1 })
  scheduler.start(work)
  scheduler.add('hangs')
  scheduler.add('in line')
  scheduler.add('later', { afterMs: 1000 })
  await turn()
  expect(await isSettled(scheduler[Symbol.asyncDispose]())).toBe(true)
  scheduler.add('too late')
  scheduler.start(work)
  await clock.advance(10_000)
  expect(started).toEqual(['hangs'])
  expect(scheduler.figures()).toMatchObject({ ready: 0, delayed: 0, running: 1 })
  expect(clock.pending()).toBe(0)
})

test('a running name that is removed is not run again', async () => {
  const { scheduler, work, started, finish } = setUp()
  scheduler.start(work)
  scheduler.add('a')
  await turn()
  scheduler.add('a')
  scheduler.remove('a')
  await finish('a')
  expect(started).toEqual(['a'])
})

test('figures tell how long the oldest ready name has waited', async () => {
  const { clock, scheduler, work } = setUp({ slots: 1 })
  scheduler.start(work)
  scheduler.add('a')
  await clock.advance(100)
  scheduler.add('b')
  await clock.advance(50)
  scheduler.add('c', { priority: 40 })
  await clock.advance(25)
  expect(scheduler.figures()).toEqual({ ready: 2, delayed: 0, running: 1, oldestReadyMs: 75 })
})

test('under a storm of triggers the line is no longer than there are names', async () => {
  const { scheduler, work } = setUp({ slots: 1 })
  scheduler.start(work)
  for (let count = 0; count < 100_000; count++) {
    scheduler.add(`name ${count % 100}`, {
      group: `group ${count % 7}`,
      afterMs: count % 3,
      priority: count % 5,
    })
  }
  await turn()
  const { ready, delayed, running } = scheduler.figures()
  expect(ready + delayed + running).toBe(100)
})

test.for([
  ['slots', { slots: 0 }],
  ['slots', { slots: 1.5 }],
  ['groupCap', { groupCap: 0 }],
  ['groupRate.perSecond', { groupRate: { perSecond: 0 } }],
  ['globalRate.perSecond', { globalRate: { perSecond: Number.NaN } }],
  ['globalRate.burst', { globalRate: { perSecond: 1, burst: 0 } }],
] as const)('a %s that cannot be is INVALID_OPTION: %o', ([option, options]) => {
  const make = (): Scheduler => setUp(options).scheduler
  expect(make).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(option) }),
  )
})
