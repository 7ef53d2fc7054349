import type { GuardedTarget } from '../adapters/guarded-target.ts'
import type { Hooks } from '../application/hooks.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { SyncPolicy } from '../model/policy.ts'
import type { Revision } from '../model/revision.ts'
import type { Call } from '../ports/call.ts'
import type { Clock } from '../ports/clock.ts'
import type { Snapshot } from '../ports/snapshot.ts'
import type { Unsettled } from './apply-stage.ts'
import type { Contest } from './contest.ts'
import type { HookRuns } from './hook-runs.ts'
import type { Ledger } from './ledger.ts'
import type { Neighbours } from './neighbours.ts'
import type { Immutables } from './replacements.ts'

/** What one application remembers between passes and may forget in a restart. */
export interface PassMemory {
  readonly contest: Contest
  readonly unsettled: Unsettled
  /** After a failed operation: when, on the monotonic clock, the same desired state may be tried again. */
  tryAgainAt: number
  /** What that operation tried: anything else may be tried at once, because something has changed. */
  failedWork: string | undefined
  readonly immutables: Immutables
  /** When a pass first saw what may be trouble, milliseconds since the epoch; see `trouble`. */
  troubleSeenAt: number | undefined
  /** Digest of the last desired state in which something waited to be understood. */
  waitedFor: string | undefined
  /** What was told last, so that what stays is told once. */
  told: { readonly plan: string; readonly holds: string; readonly skipped: string }
}

/** What a reconciler needs from the engine. */
export interface ReconcilerDeps {
  readonly ledger: Ledger
  readonly bus: EventBus
  readonly clock: Clock
  readonly installation: () => { readonly id: string; readonly digest: Call['digest'] }
  /** The revision the source gave last; throws what the source threw while there is none. */
  readonly revision: () => Revision
  readonly open: (revision: Revision, signal: AbortSignal) => Promise<Snapshot>
  readonly newId: () => string
  readonly neighbours: Neighbours
  /** Throws where a write may not start, because the store is another engine's or may be. */
  readonly mayWrite: () => void
  /** The target asks to be left alone for so long. */
  readonly onRetryAfter: (ms: number) => void
  /** Writes under way that nobody waits for any more, whoever began them. */
  readonly unsettled: Unsettled
  /** Hook functions under way, whoever started them. */
  readonly runs: HookRuns
}

/** What reconciling needs. */
export interface ReconcileDeps<Manifest> extends ReconcilerDeps {
  readonly policy: SyncPolicy
  readonly target: GuardedTarget<Manifest>
  readonly memory: PassMemory
  readonly hooks: Hooks | undefined
  /** Names the application had formerly. */
  readonly formerly: readonly string[]
  readonly pass: string
}
