import type { ChangeCounts } from './counts.ts'
import type { HookRun } from './hook.ts'
import type { ResourceKey } from './resource.ts'
import type { Revision } from './revision.ts'

/** Why an operation was opened. */
export type OperationCause = 'commit' | 'manual' | 'rollback'

/** How an operation ended, or that it waits for somebody. */
export type OperationOutcome = 'synced' | 'held' | 'failed' | 'superseded' | 'timed-out'

/** The move of an application to one desired set. Persisted; spans passes, holds and restarts. */
export interface Operation {
  readonly id: string
  readonly cause: OperationCause
  /** The caller, or the author of the revision. */
  readonly actor: string
  /** What the caller gave as reason, or the first line of the commit message. */
  readonly message?: string
  readonly revision: Revision
  readonly desiredDigest: string
  /** Who asked for it while it was open, if somebody did: it is a person's wish from then on, as far as rules ask for that. */
  readonly askedBy?: string
  /** The plan it began with. */
  readonly planId: string
  /** Set when a person applied exactly this plan. */
  readonly approvedPlanId?: string
  /** Set when it runs by a person's approval. */
  readonly approval?: { readonly planId: string; readonly actor: string; readonly at: number }
  /** Keys this operation wrote; its health gate covers these. */
  readonly changed: readonly ResourceKey[]
  readonly counts: ChangeCounts
  /** What the history says of it however it ends, such as `ROLLBACK_DIFFERS`. Default none. */
  readonly notes?: readonly string[]
  /** Keys it deleted to make them anew and has not made yet. */
  readonly replacing?: readonly ResourceKey[]
  /** The stage it began last, counted from 1 over the operation, and when, on the wall clock. Absent before its first write. */
  readonly begun?: { readonly stage: number; readonly at: number }
  /** Passes that tried to write for it. */
  readonly attempts: number
  readonly startedAt: number
  /** Wall clock. Moves on by the time the operation was held. */
  readonly deadlineAt: number
  /** Since when it is held back by a guard. */
  readonly heldSince?: number
  /** The hook of an earlier operation that has to end before this one may begin, in words. Its deadline does not run. */
  readonly behind?: string
  /** Hooks that were started for it, in that order. Absent where there were none. */
  readonly hooks?: readonly HookRun[]
  /** With hooks of `afterStage`: the stage that was applied last, and whose hooks the next stage waits for. */
  readonly stage?: { readonly number: number; readonly keys: readonly ResourceKey[] }
  /** With hooks of `afterStage`: stages that are through, hooks included. */
  readonly stagesDone?: number
  /** How it will end, when its hooks of `onFailure` are through. Nothing but heals is written any more. */
  readonly failing?: {
    readonly outcome: OperationOutcome
    readonly reasons: readonly string[]
    readonly at: number
  }
}
