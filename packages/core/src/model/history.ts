import type { ChangeCounts } from './counts.ts'
import type { OperationCause, OperationOutcome } from './operation.ts'

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
