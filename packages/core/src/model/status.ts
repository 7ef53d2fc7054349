import type { Approval } from './approval.ts'
import type { ChangeCounts } from './counts.ts'
import type { Operation, OperationOutcome } from './operation.ts'
import type { Pin } from './pin.ts'
import type { Hold } from './plan.ts'
import type { Health, HealthState, Waiting } from './resource.ts'
import type { Revision } from './revision.ts'
import type { SettledOperation } from './state.ts'

/** Whether the target equals the desired state. `unknown`: it could not be seen, which is never `synced`. */
export type SyncState = 'synced' | 'out-of-sync' | 'unknown'

/** An error as status and events hold it: data, without stack or cause. */
export interface ErrorSummary {
  readonly code: string
  readonly kind: 'transient' | 'conflict' | 'permanent'
  readonly message: string
  readonly hint?: string
}

/** A resource that is not healthy, nor paused on purpose, with the reason as the target tells it. */
export interface UnhealthyResource extends Health {
  readonly label: string
}

/** What was found when somebody could look last. May be out of date: that is why it is not the status. */
export interface LastKnown {
  readonly sync: SyncState
  readonly health: HealthState
  /** Of the plan that was made then. */
  readonly revision: Revision
  /** When, milliseconds since the epoch. */
  readonly at: number
}

/** One application as people see it. */
export interface ApplicationStatus {
  readonly application: string
  readonly sync: SyncState
  /** What the last look found, and when, where nobody can look now: it is suspended, or the target is out of reach. */
  readonly lastKnown?: LastKnown
  /** The worst health of its resources; a resource nobody can see is `unknown`. */
  readonly health: HealthState
  /** Those that are not healthy, with the reason. Empty where nobody could look. */
  readonly unhealthy: readonly UnhealthyResource[]
  /** The open operation, if any. */
  readonly operation?: Operation
  /** How the last operation that is over ended, and why. */
  readonly lastOperation?: SettledOperation
  /** What it is to be: the revision it is pinned to, else what Git says now. */
  readonly desired?: Revision
  /** What Git says now, where the application is pinned to another revision: it waits for `unpin`. */
  readonly latest?: Revision
  /** What was last brought about completely. */
  readonly applied?: Revision
  /** Resources in the inventory, without instances of hooks. */
  readonly resources: number
  /** Why changes are held back, and who can release them. */
  readonly holds: readonly Hold[]
  readonly waiting: readonly Waiting[]
  /** A person's consent to one plan. Whether it counts today, the holds say. */
  readonly approval?: Pick<Approval, 'planId' | 'actor' | 'reason' | 'at' | 'expiresAt'>
  readonly pin?: Pin
  readonly suspended?: { readonly by: string; readonly at: number; readonly reason?: string }
  /** Since when it has been in bad health, or its operations fail, milliseconds since the epoch. */
  readonly troubledSince?: number
  readonly lastError?: ErrorSummary
  /** When the next pass is due at the latest, milliseconds since the epoch. */
  readonly nextPassAt?: number
}

/** What `sync`, `apply` and `rollback` give back. */
export interface SyncResult {
  readonly application: string
  /** Absent when there was nothing to do and no operation was needed. */
  readonly operation?: string
  /** Absent when the source has not answered yet. */
  readonly revision?: Revision
  /** The plan that was carried out; where it is held, the one to approve. Absent when no plan could be made. */
  readonly planId?: string
  readonly counts: ChangeCounts
  readonly outcome: OperationOutcome
  /** Why it is held or failed, in order of importance. When synced: what is worth knowing all the same; mostly empty. */
  readonly reasons: readonly string[]
}
