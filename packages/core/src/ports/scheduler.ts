/** How urgent a name is: higher goes first. Waiting raises it, so nothing starves. */
export const priority = { person: 40, revision: 30, drift: 20, start: 10, interval: 0 } as const

/** What is known of a name when it is added. */
export interface Scheduling {
  /** Groups share the workers in turn, and each has a cap. Usually the target. */
  readonly group?: string
  readonly priority?: number
  /** Not before this long from now. */
  readonly afterMs?: number
}

/** The right to work on one name. Disposing it is the only way to be done, and it cannot be forgotten with `using`. */
export interface Lease extends Disposable {
  readonly name: string
}

/** Figures for metrics. */
export interface SchedulerFigures {
  /** Names ready to run. */
  readonly ready: number
  /** Names waiting for their time. */
  readonly delayed: number
  readonly running: number
  /** How long the oldest ready name has waited, milliseconds. */
  readonly oldestReadyMs: number
}

/**
 * A line of names with the guarantees of client-go's workqueue, and fairness between groups.
 *
 * Guarantees:
 * - A name is never run twice at once.
 * - Added many times before it starts, it runs once. Added while it runs, it runs exactly once more.
 * - The earliest of delays and the highest of priorities win.
 * - Waiting raises priority; groups take turns and none has more than its cap.
 * - A lease is handed out only when a slot is free, so no second line forms behind this one.
 * - `drain` hands out nothing more and resolves when the running names are done.
 */
export interface Scheduler extends AsyncDisposable {
  readonly add: (name: string, scheduling?: Scheduling) => void
  /** Forget a name that is not running. A running one is not run again. */
  readonly remove: (name: string) => void
  /**
   * Starts nothing more of a group for this long, as its system has asked (429, Retry-After). What runs goes on. A name
   * starts when the slowest of its own delay, its group and the limit on all allows.
   */
  readonly slowDown: (group: string, ms: number) => void
  /** Starts handing out leases. `work` must not throw: what it throws is reported and lost. */
  readonly start: (work: (name: string) => Promise<void>) => void
  /** When this name is due: 0 for now, undefined when it is not in line. Milliseconds from now. */
  readonly dueIn: (name: string) => number | undefined
  /** Hands out nothing more, and waits for what is running, or for the deadline. What is in line stays, for another `start`. */
  readonly drain: (options?: { readonly deadlineMs?: number }) => Promise<void>
  readonly figures: () => SchedulerFigures
}
