import type { ResourceKey } from './resource.ts'
import type { ErrorSummary } from './status.ts'

/**
 * When a hook runs, once per operation.
 *
 * - `beforeSync`: before the first write. Failing, it fails the operation with nothing written.
 * - `afterStage`: after each stage, when that is applied and healthy, before the next. Only functions.
 * - `afterSync`: when everything is applied and healthy, before the operation ends synced.
 * - `onFailure`: when the operation is about to end failed or timed-out.
 */
export type HookPhase = 'beforeSync' | 'afterStage' | 'afterSync' | 'onFailure'

/** When an instance of a hook is deleted again: before the next one is made, or as it succeeded or failed. */
export type HookDeletePolicy = 'beforeCreation' | 'succeeded' | 'failed'

/** What makes a resource a hook: it is no part of what is kept in line, but made anew for each operation. */
export interface HookTrait {
  readonly phases: readonly Exclude<HookPhase, 'afterStage'>[]
  /** Hooks of a lower weight come first; those of one weight in the target's order. Default 0. */
  readonly weight?: number
  /** Default `['beforeCreation']`: the last instance stays, for people to look at. */
  readonly deletePolicy?: readonly HookDeletePolicy[]
  /** `first`: only until the application was synced once. `later`: only after that. Default: always. */
  readonly when?: 'first' | 'later'
}

/** What the inventory keeps of one instance of a hook resource. */
export interface HookInstance {
  /** Key of the hook as it is desired. */
  readonly of: ResourceKey
  /** The operation it was made for. */
  readonly operation: string
  readonly phase: HookPhase
  /** When it was made, milliseconds since the epoch. */
  readonly at: number
  readonly deletePolicy: readonly HookDeletePolicy[]
  /** Absent while it runs. */
  readonly outcome?: 'succeeded' | 'failed'
}

/**
 * One hook of one operation. It is recorded as `started` before it has any effect, and as what it came to after it.
 * `aborted`: it was told to end, because the engine stopped or the operation was over, and did.
 */
export interface HookRun {
  readonly phase: HookPhase
  /** The function's name, or the resource's label. */
  readonly name: string
  /** Of `afterStage`: which stage of the operation, counted from 0. */
  readonly stage?: number
  /** Key of the hook resource as it is desired. Absent for a function. */
  readonly of?: ResourceKey
  /** Key of the instance that was made for this operation. Absent for a function. */
  readonly key?: ResourceKey
  readonly state: 'started' | 'finished' | 'failed' | 'aborted'
  /** True: it may run again where its outcome was lost, or it failed. */
  readonly idempotent?: boolean
  readonly startedAt: number
  readonly endedAt?: number
  /** Why it failed. */
  readonly error?: ErrorSummary
}
