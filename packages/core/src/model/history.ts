import type { ChangeCounts } from './counts.ts'
import type { OperationCause, OperationOutcome } from './operation.ts'
import type { Revision } from './revision.ts'

/**
 * Why something stands in the history. Besides the causes of operations: `drift` was undone, what was in bad health is
 * well again without anything having been written (`health`), an application took over
 * what is recorded under a former name (`rename`), or somebody decided about another target (`retarget`), took a
 * removal back (`keep`), put the application on a revision or ended that (`pin`, `unpin`), or stopped and started its
 * passes (`suspend`, `resume`), or approved a plan or took that back (`approval`).
 */
export type HistoryCause =
  | OperationCause
  | 'drift'
  | 'health'
  | 'rename'
  | 'retarget'
  | 'keep'
  | 'pin'
  | 'unpin'
  | 'suspend'
  | 'resume'
  | 'approval'

/** One line of the audit log: who, what, when, from where to where, why, and how it ended. */
export interface HistoryEntry {
  readonly at: number
  readonly cause: HistoryCause
  readonly actor: string
  readonly operation?: string
  /** Who approved the plan, where somebody did. */
  readonly approvedBy?: string
  readonly planId?: string
  /** Revision id that was live before, when there was one. */
  readonly from?: string
  readonly to: string
  /** Who made the revision `to`, when, and what it is called and for, as its source told; its message is the first line. */
  readonly revision?: Revision
  /** Keyed digest of what was desired: equal where the same was. */
  readonly desiredDigest?: string
  /** First line of the commit message, or what the caller gave as reason. */
  readonly message?: string
  readonly counts: ChangeCounts
  /**
   * `recorded`: a decision that changed what is recorded, and no resource. `refused`: the revision could not be rendered or
   * understood, and nothing was planned; once for each revision and error. `recovered`: well again by itself.
   */
  readonly outcome: OperationOutcome | 'healed' | 'recorded' | 'refused' | 'recovered'
  readonly reasons: readonly string[]
  /** From the operation's start to its end. */
  readonly tookMs?: number
  /**
   * Set where this brought the application back: how long it had been in trouble, from the first sign of bad health, or
   * the end of a failed operation if that came first, until it was as desired and healthy. Survives restarts.
   */
  readonly recoveredMs?: number
}

/** A history entry as a store gives it back. */
export interface RecordedEntry extends HistoryEntry {
  /** Where it stands in the history of its application: opaque. Given as `before`, it asks for what is older. */
  readonly place: string
}
