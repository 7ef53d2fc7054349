/** What every queue is put through. */
export interface Settings {
  readonly names: number
  /** Names taken and finished in the steady phase. */
  readonly steadyRuns: number
  /** Names in line during the steady phase. */
  readonly backlog: number
  readonly groups: number
}

/**
 * Nanoseconds per phase.
 *
 * - `add`: every name, for the first time.
 * - `coalesce`: every name again, while it is in line. `coalesceAnew`: once more, as equal strings that were made anew.
 * - `take` and `done`: every name.
 * - `steady`: names come, come again, are taken and finished; one in four is added while it runs.
 */
export interface Phases {
  readonly add: number
  readonly coalesce: number
  readonly coalesceAnew: number
  readonly take: number
  readonly done: number
  readonly steady: number
}
