import { MooringError } from '../errors/mooring-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import { keyedQueue } from './keyed-queue.ts'
import { limits } from './limits.ts'
import type { Rate } from './token-bucket.ts'
import { workers } from './workers.ts'

/** What a scheduler in memory is made of. */
export interface MemorySchedulerOptions {
  readonly clock: Clock
  /** How many names run at once. Default 32. */
  readonly slots?: number
  /**
   * How many names of one group run at once. Default all slots but those that names of other groups could use, and at
   * least half of them, rounded up: a group that hangs leaves the other half to the rest, and one that is alone has all. Two groups that hang take everything: lower it
   * to `slots / (n + 1)` to outlive n of them. Equal to `slots`, one group can take all.
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
 * A scheduler for one process. It remembers nothing across restarts, and need not: at a start everything is added.
 *
 * - Work starts in a later microtask than `add`, so what is added in one go competes by priority.
 * - A name stands in the group that was named last. Starting again replaces the work.
 * - Disposing hands out nothing more and forgets every name, also those added later. It does not wait for what is
 *   running: `drain` first.
 *
 * Throws `INVALID_OPTION`.
 */
export function memoryScheduler(options: MemorySchedulerOptions): Scheduler {
  const { clock, slots, groupCap, loneCap, onError } = checked(options)
  const rates = limits(options)
  const queue = keyedQueue({ clock, groupCap, loneCap, limits: rates })
  const crew = workers({ clock, queue, slots, onError })
  let isDisposed = false

  return {
    add: (name, scheduling) => {
      if (isDisposed) return
      queue.add(name, scheduling)
      crew.look()
    },
    remove: queue.remove,
    slowDown: rates.slowDown,
    start: (work) => {
      if (!isDisposed) crew.start(work)
    },
    dueIn: queue.dueIn,
    drain: async ({ deadlineMs } = {}) => {
      crew.stop()
      await crew.idle(deadlineMs)
    },
    figures: queue.figures,
    [Symbol.asyncDispose]: async () => {
      isDisposed = true
      crew.stop()
      queue.clear()
    },
  }
}

const defaultSlots = 32

type Checked = MemorySchedulerOptions & {
  readonly slots: number
  readonly groupCap: number
  readonly loneCap: number
}

function checked(options: MemorySchedulerOptions): Checked {
  const { slots = defaultSlots, groupCap = Math.ceil(slots / 2), groupRate, globalRate } = options
  for (const [name, count] of Object.entries({ slots, groupCap })) {
    if (!Number.isInteger(count) || count < 1)
      throw invalidOption(name, 'a whole number of at least 1', count)
  }
  for (const [name, rate] of Object.entries({ groupRate, globalRate })) {
    if (rate === undefined) continue
    const { perSecond, burst = 1 } = rate
    if (!(perSecond > 0)) throw invalidOption(`${name}.perSecond`, 'a number above 0', perSecond)
    if (!(burst >= 1)) throw invalidOption(`${name}.burst`, 'a number of at least 1', burst)
  }
  return { ...options, slots, groupCap, loneCap: options.groupCap ?? slots }
}

const invalidOption = (option: string, expected: string, found: number): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected option ${option} of the scheduler to be ${expected}, found ${found}`,
    hint: `Correct option ${option}, or leave it out for the default.`,
  })
