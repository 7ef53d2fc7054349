import { strictEqual } from 'node:assert/strict'
import { systemClock } from '../../packages/core/src/clock/system-clock.ts'
import { priority } from '../../packages/core/src/ports/scheduler.ts'
import { keyedQueue, type Taken } from '../../packages/core/src/scheduler/keyed-queue.ts'
import { collectGarbage } from './collect-garbage.ts'
import { copiesOf } from './names.ts'
import type { Phases, Settings } from './phases.ts'

/** One round of all phases on the queue of `memoryScheduler`, scheduled as the engine does: with group and priority. */
export async function runOurQueue(
  names: readonly string[],
  { steadyRuns, backlog, groups }: Settings,
): Promise<Phases> {
  const anew = copiesOf(names)
  const wanted = Array.from({ length: groups }, (_, count) => ({
    group: `cluster-${count}`,
    priority: priority.revision,
  }))
  const items = new Array<Taken>(names.length)
  const queue = keyedQueue({ clock: systemClock, groupCap: names.length })
  const take = (): Taken => {
    const taken = queue.take()
    if (taken === undefined) throw new Error('Expected a name in line, found none')
    return taken
  }
  const addAll = (all: readonly string[]): void => {
    for (let index = 0; index < all.length; index++) queue.add(all[index] as string, wanted[index % groups])
  }
  await collectGarbage()

  const add = timed(() => addAll(names))
  const coalesce = timed(() => addAll(names))
  const coalesceAnew = timed(() => addAll(anew))
  const takeAll = timed(() => {
    for (let index = 0; index < names.length; index++) items[index] = take()
  })
  const done = timed(() => {
    for (let index = 0; index < items.length; index++) queue.done(items[index] as Taken)
  })
  strictEqual(queue.figures().ready + queue.figures().running, 0)

  addAll(names.slice(0, backlog))
  const steady = timed(() => {
    for (let run = 0; run < steadyRuns; run++) {
      const index = (backlog + run) % names.length
      const name = names[index] as string
      if (run % 4 !== 1) {
        queue.add(name, wanted[index % groups])
        queue.add(name, wanted[index % groups])
      }
      const taken = take()
      if (run % 4 === 0) queue.add(taken.name)
      queue.done(taken)
    }
  })
  return { add, coalesce, coalesceAnew, take: takeAll, done, steady }
}

/** Nanoseconds. */
function timed(phase: () => void): number {
  const start = process.hrtime.bigint()
  phase()
  return Number(process.hrtime.bigint() - start)
}
