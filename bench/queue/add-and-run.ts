import PQueue from 'p-queue'
import { systemClock } from '../../packages/core/src/clock/system-clock.ts'
import { priority } from '../../packages/core/src/ports/scheduler.ts'
import { memoryScheduler } from '../../packages/core/src/scheduler/memory-scheduler.ts'
import { collectGarbage } from './collect-garbage.ts'

const slots = 8

/** Adds every name to `memoryScheduler` and waits until the work, which is nothing, is done for all. Nanoseconds. */
export async function runScheduler(names: readonly string[], groups: number): Promise<number> {
  const all = Promise.withResolvers<void>()
  let left = names.length
  const scheduler = memoryScheduler({ clock: systemClock, slots, groupCap: slots })
  scheduler.start(async () => {
    left--
    if (left === 0) all.resolve()
  })
  await collectGarbage()
  const start = process.hrtime.bigint()
  for (const [index, name] of names.entries()) {
    scheduler.add(name, { group: `cluster-${index % groups}`, priority: priority.revision })
  }
  await all.promise
  const took = process.hrtime.bigint() - start
  await scheduler[Symbol.asyncDispose]()
  return Number(took)
}

/** The same on p-queue alone, which knows neither names nor groups. */
export async function runBarePQueue(names: readonly string[]): Promise<number> {
  const queue = new PQueue({ concurrency: slots })
  await collectGarbage()
  const start = process.hrtime.bigint()
  for (const _ of names) void queue.add(async () => {}, { priority: priority.revision })
  await queue.onIdle()
  return Number(process.hrtime.bigint() - start)
}
