import { expect, test } from 'vitest'
import { priority, type Scheduling } from '../../src/ports/scheduler.ts'
import { type KeyedQueue, keyedQueue, queueOf } from '../../src/scheduler/keyed-queue.ts'
import { limits } from '../../src/scheduler/limits.ts'
import { queueState } from '../../src/scheduler/queue-state.ts'
import { pointMs } from '../../src/scheduler/standing.ts'
import { type SimulatedClock, simulatedClock } from '../../src/testing/simulated-clock.ts'

const setUp = (groupCap = 100) => {
  const clock = simulatedClock()
  return { clock, queue: keyedQueue({ clock, groupCap }) }
}

/** Takes everything that may run, without finishing any. */
function takeAll(queue: KeyedQueue) {
  const names: string[] = []
  for (let taken = queue.take(); taken !== undefined; taken = queue.take()) names.push(taken.name)
  return names
}

/** Runs one name after the other until nothing may run. */
function runAll(queue: KeyedQueue) {
  const names: string[] = []
  for (let taken = queue.take(); taken !== undefined; taken = queue.take()) {
    names.push(taken.name)
    queue.done(taken)
  }
  return names
}

test('runs a name added many times only once', () => {
  const { queue } = setUp()
  for (let times = 0; times < 5; times++) queue.add('a')
  expect(runAll(queue)).toEqual(['a'])
})

test('runs a name added while it runs exactly once more', () => {
  const { queue } = setUp()
  queue.add('a')
  const taken = queue.take()
  for (let times = 0; times < 5; times++) queue.add('a')
  expect(queue.take()).toBeUndefined()
  if (taken !== undefined) queue.done(taken)
  expect(runAll(queue)).toEqual(['a'])
})

test('does not run a running name again that is removed', () => {
  const { queue } = setUp()
  queue.add('a')
  const taken = queue.take()
  queue.add('a')
  queue.remove('a')
  expect(queue.dueIn('a')).toBeUndefined()
  if (taken !== undefined) queue.done(taken)
  expect(queue.figures()).toEqual({ ready: 0, delayed: 0, running: 0, oldestReadyMs: 0 })
})

interface Wish {
  readonly text: string
  readonly adds: readonly Scheduling[]
  readonly dueIn: number
}

const wishes: readonly Wish[] = [
  { text: 'the earlier of two delays', adds: [{ afterMs: 500 }, { afterMs: 100 }], dueIn: 100 },
  { text: 'the earlier of two delays, added first', adds: [{ afterMs: 100 }, { afterMs: 500 }], dueIn: 100 },
  { text: 'no delay after a delay', adds: [{ afterMs: 500 }, {}], dueIn: 0 },
  { text: 'no delay before a delay', adds: [{}, { afterMs: 500 }], dueIn: 0 },
  { text: 'a delay in the past', adds: [{ afterMs: -500 }], dueIn: 0 },
  { text: 'a delay that is no number', adds: [{ afterMs: Number.NaN }], dueIn: 0 },
]

test.for(wishes)('a name is due at $text', ({ adds, dueIn }) => {
  const { queue } = setUp()
  for (const scheduling of adds) queue.add('a', scheduling)
  expect(queue.dueIn('a')).toBe(dueIn)
})

test.for(wishes)('a running name is due again at $text', ({ adds, dueIn }) => {
  const { queue } = setUp()
  queue.add('a')
  const taken = queue.take()
  for (const scheduling of adds) queue.add('a', scheduling)
  expect(queue.dueIn('a')).toBe(dueIn)
  if (taken !== undefined) queue.done(taken)
  expect(queue.dueIn('a')).toBe(dueIn)
})

test('a name that runs and was not added again is not in line', () => {
  const { queue } = setUp()
  queue.add('a')
  queue.take()
  expect(queue.dueIn('a')).toBeUndefined()
  expect(queue.dueIn('never added')).toBeUndefined()
})

test('higher priorities go first, and equal ones in the order they came', () => {
  const { queue } = setUp()
  queue.add('interval', { priority: priority.interval })
  queue.add('drift', { priority: priority.drift })
  queue.add('person 1', { priority: priority.person })
  queue.add('person 2', { priority: priority.person })
  queue.add('revision', { priority: priority.revision })
  expect(takeAll(queue)).toEqual(['person 1', 'person 2', 'revision', 'drift', 'interval'])
})

test('the highest of the priorities asked for wins, while in line, delayed and running', async () => {
  const { clock, queue } = setUp()
  queue.add('b', { priority: 20 })
  queue.add('b', { priority: 5 })
  queue.add('a', { priority: 30, afterMs: 10 })
  queue.add('a', { priority: 10, afterMs: 10 })
  queue.add('c', { priority: 0 })
  queue.add('c', { priority: 40 })
  queue.add('d', { priority: 25 })
  await clock.advance(10)
  expect(takeAll(queue)).toEqual(['c', 'a', 'd', 'b'])
})

test('a priority that is no number counts as none given', () => {
  const { queue } = setUp()
  queue.add('a', { priority: Number.NaN })
  queue.add('b', { priority: 1 })
  expect(runAll(queue)).toEqual(['b', 'a'])
})

test('what waits for its interval goes ahead of people who keep coming, after 400 seconds', async () => {
  const { clock, queue } = setUp()
  queue.add('interval', { priority: priority.interval })
  // One more than is run, so that there is always somebody more important in line.
  queue.add('person', { priority: priority.person })
  let waitedMs = 0
  for (; ; waitedMs += 1000) {
    queue.add(`person at ${waitedMs}`, { priority: priority.person })
    const taken = queue.take()
    if (taken === undefined || taken.name === 'interval') break
    queue.done(taken)
    await clock.advance(1000)
  }
  expect(waitedMs).toBeGreaterThanOrEqual(priority.person * pointMs)
  expect(waitedMs).toBeLessThanOrEqual(priority.person * pointMs + 2000)
})

test('raising a priority never puts a name behind where its waiting had brought it', async () => {
  const { clock, queue } = setUp()
  queue.add('patient', { priority: 0 })
  await clock.advance(50 * pointMs)
  queue.add('person', { priority: 40 })
  queue.add('patient', { priority: 40 })
  expect(takeAll(queue)).toEqual(['patient', 'person'])
})

test('groups take turns, however many names one has', () => {
  const { queue } = setUp()
  for (const name of ['x1', 'x2', 'x3', 'x4']) queue.add(name, { group: 'x', priority: 40 })
  queue.add('y1', { group: 'y' })
  queue.add('z1', { group: 'z' })
  queue.add('y2', { group: 'y' })
  expect(takeAll(queue)).toEqual(['x1', 'y1', 'z1', 'x2', 'y2', 'x3', 'x4'])
})

test('a group has no more running than its cap, and goes on when one is done', () => {
  const { queue } = setUp(2)
  for (const name of ['x1', 'x2', 'x3']) queue.add(name, { group: 'x' })
  queue.add('y1', { group: 'y' })
  const first = queue.take()
  expect(takeAll(queue)).toEqual(['y1', 'x2'])
  expect(queue.figures()).toMatchObject({ ready: 1, running: 3 })
  if (first !== undefined) queue.done(first)
  expect(takeAll(queue)).toEqual(['x3'])
})

test('a name stands in the group named last, where its waiting still counts', async () => {
  const { clock, queue } = setUp(1)
  queue.add('x1', { group: 'x' })
  queue.add('moved', { group: 'x' })
  await clock.advance(1)
  queue.add('y1', { group: 'y' })
  queue.add('moved', { group: 'y' })
  expect(takeAll(queue)).toEqual(['x1', 'moved'])
})

test('a running name counts against the group it started in', () => {
  const { queue } = setUp(1)
  queue.add('a', { group: 'x' })
  const taken = queue.take()
  queue.add('a', { group: 'y' })
  queue.add('x1', { group: 'x' })
  queue.add('y1', { group: 'y' })
  expect(takeAll(queue)).toEqual(['y1'])
  if (taken !== undefined) queue.done(taken)
  expect(takeAll(queue)).toEqual(['x1'])
})

test('a storm of adds makes neither the heap nor the timers grow', async () => {
  const { clock, queue } = setUp()
  let calls = 0
  queue.watch(() => calls++)
  for (let times = 0; times < 50_000; times++) {
    queue.add(`name ${times % 10}`, { afterMs: 1 + ((times * 7919) % 100_000) })
  }
  expect(queue.figures()).toMatchObject({ ready: 0, delayed: 10 })
  expect(clock.pending()).toBe(1)
  await clock.advance(100_000)
  expect(runAll(queue)).toHaveLength(10)
  expect(clock.pending()).toBe(0)
  expect(calls).toBeLessThanOrEqual(10)
})

test('sets no timer before somebody watches, and none after', async () => {
  const { clock, queue } = setUp()
  queue.add('a', { afterMs: 10 })
  expect(clock.pending()).toBe(0)
  queue.watch(() => {})
  expect(clock.pending()).toBe(1)
  queue.unwatch()
  expect(clock.pending()).toBe(0)
  await clock.advance(10)
  expect(runAll(queue)).toEqual(['a'])
})

test('forgets names that do not come again, and groups without names, and no others', async () => {
  const clock = simulatedClock()
  const state = queueState({ clock, groupCap: 100 })
  const queue = queueOf(state)
  queue.add('runs', { group: 'kept' })
  const running = queue.take()
  queue.add('delayed', { group: 'kept', afterMs: 1000 })
  for (let count = 0; count < 20_000; count++) {
    queue.add(`name ${count}`, { group: `group ${count}` })
    for (let taken = queue.take(); taken !== undefined; taken = queue.take()) queue.done(taken)
  }
  expect(state.entries.size).toBeLessThanOrEqual(1100)
  expect(state.groups.size()).toBeLessThanOrEqual(2500)
  expect(state.groups.get('kept')).toMatchObject({ members: 2, running: 1 })
  expect(queue.dueIn('delayed')).toBe(1000)
  queue.add('in line', { group: 'kept' })
  if (running !== undefined) queue.done(running)
  await clock.advance(1000)
  expect(runAll(queue)).toEqual(['in line', 'delayed'])
})

test('what a name was asked for before it was done does not count when it comes again', () => {
  const { queue } = setUp(1)
  queue.add('a', { group: 'x', priority: 40 })
  expect(runAll(queue)).toEqual(['a'])
  queue.add('x1', { group: 'x' })
  queue.add('b', { priority: 1 })
  queue.add('a')
  expect(takeAll(queue)).toEqual(['x1', 'b'])
  expect(queue.figures()).toMatchObject({ ready: 1, running: 2 })
})

test('a jump of the wall clock brings nothing forward and holds nothing back', async () => {
  const { clock, queue } = setUp()
  queue.add('a', { afterMs: 1000 })
  clock.jump(86_400_000)
  expect(runAll(queue)).toEqual([])
  clock.jump(-2 * 86_400_000)
  await clock.advance(1000)
  expect(runAll(queue)).toEqual(['a'])
})

/** Runs as soon as the queue says that it is worthwhile, and notes when. */
function starts(clock: SimulatedClock, queue: KeyedQueue) {
  const log: string[] = []
  const run = () => log.push(...runAll(queue).map((name) => `${clock.monotonic()} ${name}`))
  queue.watch(run)
  return { log, run }
}

test('a group starts no more often than its rate, and does not hold up others', async () => {
  const clock = simulatedClock()
  const queue = keyedQueue({
    clock,
    groupCap: 9,
    limits: limits({ clock, groupRate: { perSecond: 1, burst: 2 } }),
  })
  for (const name of ['x1', 'x2', 'x3', 'x4']) queue.add(name, { group: 'x' })
  queue.add('y1', { group: 'y' })
  const { log, run } = starts(clock, queue)
  run()
  await clock.advance(10_000)
  expect(log).toEqual(['0 x1', '0 y1', '0 x2', '1000 x3', '2000 x4'])
})

test('nothing starts more often than the global rate, and groups take turns at it', async () => {
  const clock = simulatedClock()
  const queue = keyedQueue({
    clock,
    groupCap: 9,
    limits: limits({ clock, globalRate: { perSecond: 2, burst: 1 } }),
  })
  for (const name of ['x1', 'x2', 'x3']) queue.add(name, { group: 'x' })
  queue.add('y1', { group: 'y' })
  const { log, run } = starts(clock, queue)
  run()
  await clock.advance(10_000)
  expect(log).toEqual(['0 x1', '500 y1', '1000 x2', '1500 x3'])
})

test('the slowest of delay, group and global limit decides', async () => {
  const clock = simulatedClock()
  const rates = limits({ clock, groupRate: { perSecond: 1 }, globalRate: { perSecond: 0.5 } })
  const queue = keyedQueue({ clock, groupCap: 9, limits: rates })
  queue.add('global', { group: 'x' })
  queue.add('slowed', { group: 'x' })
  queue.add('delayed', { group: 'y', afterMs: 9000 })
  const { log, run } = starts(clock, queue)
  run()
  rates.slowDown('x', 5500)
  await clock.advance(20_000)
  expect(log).toEqual(['0 global', '5500 slowed', '9000 delayed'])
})

test('a name removed from a group that is slowed down leaves nothing behind', async () => {
  const clock = simulatedClock()
  const rates = limits({ clock })
  const queue = keyedQueue({ clock, groupCap: 9, limits: rates })
  rates.slowDown('x', 1000)
  queue.add('a', { group: 'x' })
  expect(runAll(queue)).toEqual([])
  queue.remove('a')
  await clock.advance(1000)
  queue.add('b', { group: 'x' })
  expect(runAll(queue)).toEqual(['b'])
})
