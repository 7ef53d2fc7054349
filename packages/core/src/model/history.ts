import type { OperationCause, OperationOutcome } from './operation.ts'

/** How many changes of each kind. */
export interface ChangeCounts {
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly replaced: number
  readonly released: number
  readonly failed: number
  readonly held: number
}

/** One line of the audit log: who, what, when, from where to where, why, and how it ended. */
export interface HistoryEntry {
  readonly at: number
  readonly cause: OperationCause | 'drift'
  readonly actor: string
  readonly operation?: string
  readonly planId?: string
  /** Revision id that was live before, when there was one. */
  readonly from?: string
  readonly to: string
  /** First line of the commit message, or what the caller gave as reason. */
  readonly message?: string
  readonly counts: ChangeCounts
  readonly outcome: OperationOutcome | 'healed'
  readonly reasons: readonly string[]
  /** From the operation's start to its end. */
  readonly tookMs?: number
}

/** Nothing done yet. */
export const noChanges: ChangeCounts = {
  created: 0,
  updated: 0,
  deleted: 0,
  replaced: 0,
  released: 0,
  failed: 0,
  held: 0,
}
