import PQueue from 'p-queue'
import { MooringError } from '../errors/mooring-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Lease, Scheduler } from '../ports/scheduler.ts'
import { type KeyedQueue, keyedQueue } from './keyed-queue.ts'
import { limits } from './limits.ts'
import type { Rate } from './token-bucket.ts'

/** What a scheduler in memory is made of. */
export interface MemorySchedulerOptions {
  readonly clock: Clock
  /** How many names run at once. Default 8. */
  readonly slots?: number
  /**
   * How many names of one group run at once. Default half of the slots, rounded up: one group that hangs leaves the
   * other half, and a single group uses no more than that. Lower, the workers survive several hanging groups; equal to
   * `slots`, one group can take them all.
   */
  readonly groupCap?: number
  /** How often names of one group may start. Default: no limit, but for `slowDown`. */
  readonly groupRate?: Rate
  /** How often names may start at all. Default: no limit. */
  readonly globalRate?: Rate
  /** Gets what `work` throws. Default: it is lost. What this throws is lost. */
  readonly onError?: (thrown: unknown, name: string) => void
}

/**
 * A scheduler for one process. It remembers nothing across restarts, and needs not to: at a start everything is added.
 *
 * - Work starts in a later microtask than `add`, so that what is added in one go competes by priority.
 * - While drained, names stay in line and can be added; another `start` hands them out.
 * - Disposing hands out nothing more and forgets every name, and later adds. It does not wait: `drain` first.
 *
 * Throws `INVALID_OPTION`.
 */
export function memoryScheduler(options: MemorySchedulerOptions): Scheduler {
  const { clock, slots, groupCap, onError } = checked(options)
  const limit = limits(options)
  const queue = keyedQueue({ clock, groupCap, limits: limit })
  // Never has anything waiting: its line would know neither priorities nor groups.
  const pool = new PQueue({ concurrency: slots })
  const idle = new Set<() => void>()
  let work: ((name: string) => Promise<void>) | undefined
  let isHandingOut = false
  let isDisposed = false
  let isPumpSet = false

  const run = async (lease: Lease, todo: (name: string) => Promise<void>): Promise<void> => {
    using held = lease
    try {
      await todo(held.name)
    } catch (thrown) {
      report(onError, thrown, held.name)
    }
  }
  const pump = (): void => {
    isPumpSet = false
    while (isHandingOut && work !== undefined && pool.pending < slots) {
      const lease = lend(queue)
      if (lease === undefined) return
      const todo = work
      void pool.add(() => run(lease, todo))
    }
  }
  const pumpSoon = (): void => {
    if (isPumpSet || !isHandingOut) return
    isPumpSet = true
    void Promise.resolve().then(pump)
  }
  pool.addEventListener('next', () => {
    pump()
    if (pool.pending === 0) for (const resolve of idle) resolve()
  })
  const stop = (): void => {
    isHandingOut = false
    queue.unwatch()
  }

  return {
    add: (name, scheduling) => {
      if (isDisposed) return
      queue.add(name, scheduling)
      pumpSoon()
    },
    remove: queue.remove,
    slowDown: limit.slowDown,
    start: (todo) => {
      if (isDisposed) return
      work = todo
      isHandingOut = true
      queue.watch(pumpSoon)
      pumpSoon()
    },
    dueIn: queue.dueIn,
    drain: async ({ deadlineMs } = {}) => {
      stop()
      if (pool.pending > 0) await idleOrDeadline(idle, clock, deadlineMs)
    },
    figures: queue.figures,
    [Symbol.asyncDispose]: async () => {
      isDisposed = true
      stop()
      queue.clear()
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

/** What a listener throws must not keep the next name from its slot. */
function report(onError: MemorySchedulerOptions['onError'], thrown: unknown, name: string): void {
  try {
    onError?.(thrown, name)
  } catch {
    // There is nobody left to tell.
  }
}

function idleOrDeadline(idle: Set<() => void>, clock: Clock, deadlineMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const cancel = deadlineMs === undefined ? () => {} : clock.timer(deadlineMs, finish)
    idle.add(finish)
    function finish(): void {
      idle.delete(finish)
      cancel()
      resolve()
    }
  })
}

const defaultSlots = 8

type Checked = MemorySchedulerOptions & { readonly slots: number; readonly groupCap: number }

function checked(options: MemorySchedulerOptions): Checked {
  const { slots = defaultSlots, groupCap = Math.ceil(slots / 2), groupRate, globalRate } = options
  for (const [name, count] of Object.entries({ slots, groupCap })) {
    if (!Number.isInteger(count) || count < 1) throw invalidOption(name, 'a whole number of at least 1', count)
  }
  for (const [name, rate] of Object.entries({ groupRate, globalRate })) {
    if (rate === undefined) continue
    const { perSecond, burst = 1 } = rate
    if (!(perSecond > 0)) throw invalidOption(`${name}.perSecond`, 'a number above 0', perSecond)
    if (!(burst >= 1)) throw invalidOption(`${name}.burst`, 'a number of at least 1', burst)
  }
  return { ...options, slots, groupCap }
}

const invalidOption = (option: string, expected: string, found: number): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected option ${option} of the scheduler to be ${expected}, found ${found}`,
    hint: `Correct option ${option}, or leave it out for the default.`,
  })
