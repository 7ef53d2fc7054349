import PQueue from 'p-queue'
import type { Clock } from '../ports/clock.ts'
import type { Lease } from '../ports/scheduler.ts'
import type { KeyedQueue } from './keyed-queue.ts'

/** The slots of a scheduler, and what runs in them. */
export interface Workers {
  /** Hands out leases from now on. */
  readonly start: (work: Work) => void
  /** Looks, in a later microtask, for names to hand out: what is added in one go competes by priority. */
  readonly look: () => void
  /** Hands out nothing more. */
  readonly stop: () => void
  /** Resolves when nothing is running, or at the deadline. */
  readonly idle: (deadlineMs: number | undefined) => Promise<void>
}

/** What is done for one name. */
export type Work = (name: string) => Promise<void>

/** What workers are made of. */
export interface WorkersOptions {
  readonly clock: Clock
  readonly queue: KeyedQueue
  readonly slots: number
  readonly onError: ((thrown: unknown, name: string) => void) | undefined
}

/** The workers of one scheduler. */
export function workers({ clock, queue, slots, onError }: WorkersOptions): Workers {
  // Nothing ever waits in it: its line would know neither priorities nor groups.
  const pool = new PQueue({ concurrency: slots })
  const whenIdle = new Set<() => void>()
  let work: Work | undefined
  let isLooking = false

  const handOut = (): void => {
    while (work !== undefined && pool.pending < slots) {
      const lease = lend(queue)
      if (lease === undefined) return
      void pool.add(run.bind(undefined, lease, work, onError))
    }
  }
  const look = (): void => {
    if (isLooking || work === undefined) return
    isLooking = true
    queueMicrotask(() => {
      isLooking = false
      handOut()
    })
  }
  pool.addEventListener('next', () => {
    handOut()
    if (pool.pending === 0) for (const resolve of whenIdle) resolve()
  })

  return {
    look,
    start: (todo) => {
      work = todo
      queue.watch(look)
      look()
    },
    stop: () => {
      work = undefined
      queue.unwatch()
    },
    idle: async (deadlineMs) => {
      if (pool.pending > 0) await calledOrDeadline(whenIdle, clock, deadlineMs)
    },
  }
}

/** Takes the next name that may run. */
function lend(queue: KeyedQueue): Lease | undefined {
  const taken = queue.take()
  if (taken === undefined) return undefined
  let isOver = false
  return {
    name: taken.name,
    [Symbol.dispose]: () => {
      // Once: by a second time the name may be running again, under another lease.
      if (!isOver) queue.done(taken)
      isOver = true
    },
  }
}

async function run(lease: Lease, work: Work, onError: WorkersOptions['onError']): Promise<void> {
  using held = lease
  try {
    await work(held.name)
  } catch (thrown) {
    report(onError, thrown, held.name)
  }
}

/** What a listener throws must not keep the next name from its slot. */
function report(onError: WorkersOptions['onError'], thrown: unknown, name: string): void {
  try {
    onError?.(thrown, name)
  } catch {
    // There is nobody left to tell.
  }
}

function calledOrDeadline(
  waiting: Set<() => void>,
  clock: Clock,
  deadlineMs: number | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      waiting.delete(finish)
      cancel()
      resolve()
    }
    waiting.add(finish)
    const cancel = deadlineMs === undefined ? () => {} : clock.timer(deadlineMs, finish)
  })
}
