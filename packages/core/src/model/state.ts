import type { Approval } from './approval.ts'
import type { HistoryEntry } from './history.ts'
import type { Inventory, InventoryEntry } from './inventory.ts'
import type { Operation, OperationOutcome } from './operation.ts'
import type { Pin } from './pin.ts'
import type { ResourceKey } from './resource.ts'
import type { Revision } from './revision.ts'

/** The last operation that ended. Its desired digest is what a new desired set is compared with. */
export interface SettledOperation {
  readonly id: string
  readonly desiredDigest: string
  readonly outcome: OperationOutcome
  readonly reasons: readonly string[]
  /** True: a hook that may run only once has failed, so the same desired state is tried again only when somebody asks. */
  readonly awaitsDecision?: true
  /** True: a hook before or after its writes did not end well. What is live was never found good, however healthy it looks. */
  readonly lacksHooks?: true
}

/** A state that went into another one: the name it was recorded under, and the version that was taken over. */
export interface FormerState {
  readonly name: string
  readonly version: string
}

/** Everything about an application that is small; the inventory is the rest. */
export interface ApplicationHead {
  /** What was recorded under former names and stands here now: such a state is a leftover wherever it is found. */
  readonly formerly?: readonly FormerState[]
  /** Identity of the target all keys are relative to. Another one is `TARGET_CHANGED`. */
  readonly target?: string
  readonly operation?: Operation
  readonly settled?: SettledOperation
  /** The revision whose operation last ended synced. */
  readonly applied?: Revision
  /** The revision of a later operation that has written something and did not end synced: it is live, in whole or in part. */
  readonly written?: Revision
  /** How many resources there were when an operation last ended synced: what the prune budget is a share of. */
  readonly baseline?: number
  /** Set by `remove` with pruning: everything goes, however many passes and restarts that takes. */
  readonly removing?: { readonly by: string; readonly at: number }
  /** Set by `keep`, until the operation opens that brings back what the removal had deleted: whose wish that is, and why. */
  readonly kept?: { readonly by: string; readonly reason: string }
  /** Set by `suspend`, removed by `resume`. */
  readonly suspended?: { readonly by: string; readonly at: number; readonly reason?: string }
  /** A rollback pins the application to a revision until `unpin`. */
  readonly pin?: Pin
  /** Since when it has been in bad health, or its operations fail; see `HistoryEntry.recoveredMs`. */
  readonly troubledSince?: number
  /** The last revision that could not be planned and the codes of why, so that each stands in the history once. */
  readonly refused?: { readonly revision: string; readonly codes: readonly string[] }
  /** A person's consent to one plan; see `engine.approve`. */
  readonly approval?: Approval
  /** Deletes and replaces of the last hour, for the prune budget. */
  readonly deletions: readonly { readonly at: number; readonly count: number }[]
}

/** What the store keeps of one application. */
export interface ApplicationState {
  readonly formatVersion: 1
  readonly head: ApplicationHead
  readonly inventory: Inventory
}

/** What one commit changes. State and history are one commit. */
export interface StateDelta {
  readonly head: ApplicationHead
  /** Entries to set. */
  readonly set: readonly InventoryEntry[]
  /** Keys to forget. */
  readonly remove: readonly ResourceKey[]
  readonly history: readonly HistoryEntry[]
}

/** An application nobody has recorded anything about. */
export const emptyState: ApplicationState = {
  formatVersion: 1,
  head: { deletions: [] },
  inventory: new Map(),
}

/** The state after a commit. Entries are shared with the state before. */
export function applyDelta(state: ApplicationState, delta: StateDelta): ApplicationState {
  if (delta.set.length === 0 && delta.remove.length === 0) return { ...state, head: delta.head }
  const inventory = new Map(state.inventory)
  for (const key of delta.remove) inventory.delete(key)
  for (const entry of delta.set) inventory.set(entry.key, entry)
  return { ...state, head: delta.head, inventory }
}
