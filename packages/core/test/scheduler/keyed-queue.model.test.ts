import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Scheduling } from '../../src/ports/scheduler.ts'
import { keyedQueue } from '../../src/scheduler/keyed-queue.ts'
import { simulatedClock } from '../../src/testing/simulated-clock.ts'
import {
  bringDue,
  check,
  emptyModel,
  type Model,
  modelAdd,
  modelDone,
  modelRemove,
  modelTake,
  type Real,
} from './queue-model.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const groups = ['', 'x', 'y', 'z']

type Command = fc.AsyncCommand<Model, Real>

/** A command that does the same to both and then compares all that can be seen. */
function command(text: string, run: (model: Model, real: Real) => void | Promise<void>): Command {
  return {
    check: () => true,
    toString: () => text,
    run: async (model, real) => {
      await run(model, real)
      check(model, real, names)
    },
  }
}

const add = (name: string, scheduling: Scheduling): Command =>
  command(`add(${name}, ${JSON.stringify(scheduling)})`, (model, { queue }) => {
    modelAdd(model, name, scheduling)
    queue.add(name, scheduling)
  })

const take = (): Command =>
  command('take()', (model, { queue, taken }) => {
    const got = queue.take()
    modelTake(model, got?.name)
    if (got !== undefined) taken.set(got.name, got)
  })

/** Ends one of those that run. */
const done = (which: number): Command =>
  command(`done(${which})`, (model, { queue, taken }) => {
    const [name, got] = [...taken][which % Math.max(1, taken.size)] ?? []
    if (name === undefined || got === undefined) return
    taken.delete(name)
    modelDone(model, name)
    queue.done(got)
  })

const remove = (name: string): Command =>
  command(`remove(${name})`, (model, { queue }) => {
    modelRemove(model, name)
    queue.remove(name)
  })

const advance = (ms: number): Command =>
  command(`advance(${ms})`, async (model, { clock }) => {
    const until = model.now + ms
    // What falls due on the way is in line from then, not from when we look.
    for (const at of [...model.delayed.values()]
      .map(({ dueAt }) => dueAt)
      .sort((one, other) => one - other)) {
      if (at > until) break
      model.now = Math.max(model.now, at)
      bringDue(model)
    }
    model.now = until
    await clock.advance(ms)
  })

const scheduling = fc.record(
  {
    group: fc.constantFrom(...groups),
    priority: fc.constantFrom(-1, 0, 10, 40, 0.5),
    afterMs: fc.constantFrom(0, 0, 1, 5, 50, 1000, 300_000, -7),
  },
  { requiredKeys: [] },
)
const name = fc.constantFrom(...names)

const commands = fc.commands(
  [
    fc.tuple(name, scheduling).map(([each, how]) => add(each, how)),
    fc.tuple(name, scheduling).map(([each, how]) => add(each, how)),
    fc.constant(take()),
    fc.constant(take()),
    fc.nat({ max: 7 }).map(done),
    name.map(remove),
    fc.constantFrom(0, 1, 5, 60, 1000, 5000, 400_000).map(advance),
  ],
  { maxCommands: 120, size: 'max' },
)

test('the queue does what its model of sets does, whatever is asked of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), commands, async (groupCap, all) => {
      const clock = simulatedClock()
      const queue = keyedQueue({ clock, groupCap })
      queue.watch(() => {})
      await fc.asyncModelRun(
        () => ({ model: emptyModel(groupCap), real: { queue, clock, taken: new Map() } }),
        all,
      )
    }),
    { numRuns: 300 },
  )
}, 120_000)

test('every name that is added is taken in the end, and the queue is empty then', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, scheduling, fc.boolean()), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      (adds, groupCap) => {
        const clock = steppedClock()
        const queue = keyedQueue({ clock, groupCap })
        const owed = new Set<string>()
        for (const [each, how, isWorkedOn] of adds) {
          queue.add(each, how)
          owed.add(each)
          const got = isWorkedOn ? queue.take() : undefined
          if (got === undefined) continue
          owed.delete(got.name)
          queue.add(got.name, how)
          owed.add(got.name)
          queue.done(got)
        }
        clock.step(300_000)
        for (let got = queue.take(); got !== undefined; got = queue.take()) {
          owed.delete(got.name)
          queue.done(got)
        }
        expect([...owed]).toEqual([])
        expect(queue.figures()).toEqual({ ready: 0, delayed: 0, running: 0, oldestReadyMs: 0 })
      },
    ),
  )
})

/** A clock without timers, moved by hand. */
function steppedClock() {
  let now = 0
  return {
    now: () => now,
    monotonic: () => now,
    timer: () => () => {},
    step: (ms: number) => {
      now += ms
    },
  }
}
