import type { DefinedApplication } from '../application/define-application.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Approval } from '../model/approval.ts'
import type { RecordedEntry } from '../model/history.ts'
import type { Plan } from '../model/plan.ts'
import type { ApplicationStatus, SyncResult } from '../model/status.ts'
import type { ResourceDiff } from '../pipeline/resource-diff.ts'
import type { Clock } from '../ports/clock.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Source } from '../ports/source.ts'
import type { Store } from '../ports/store.ts'
import type { Approving } from './approve.ts'
import type { LeaseOptions } from './lease-options.ts'
import type { EngineMetrics } from './metrics.ts'
import type { Retargeting } from './retarget.ts'
import type { EngineRole } from './role.ts'
import type { RollbackTarget } from './roll-back.ts'

/** What an engine is made of. */
export interface EngineOptions {
  /** Durable memory. Disposed by `stop`, unless it was lent. */
  readonly store: Store
  /**
   * Id of this installation; it stands in every owner mark. Default: made once by the store and kept. With the memory
   * store give one, or every start is a stranger to what the last one applied.
   */
  readonly installation?: string
  /**
   * Passes under way at once. Default 32: passes mostly wait for other systems. No group of applications, such as those of
   * one target, gets more than half of them.
   */
  readonly slots?: number
  /** Default: the real time. */
  readonly clock?: Clock
  /** Default: in memory, with `slots` slots. */
  readonly scheduler?: Scheduler
  /**
   * Default 30000. A call of the store that takes longer is given up as `STORE_TIMEOUT`, and the pass tries again. Opening
   * the store for writing has no end but `stop`, because another engine may have to leave first.
   */
  readonly storeTimeoutMs?: number
  /**
   * How this engine has the store for itself, while others stand by. Default, where the store lasts and has a lease: 15
   * seconds under a random name. `false` takes the store without one and fences off whoever had it; an engine with a lease
   * takes it back at once, so all engines of a store should have one or none.
   */
  readonly lease?: LeaseOptions | false
  /** Gives 0 to 1, for jitter. Default `Math.random`. */
  readonly random?: () => number
}

/** Who asks, and for how long they wait. */
export interface Asking {
  /** Stands in the history. */
  readonly actor: string
  /** Stands in the history as the reason. */
  readonly reason?: string
  /** Ends the waiting, not the operation. */
  readonly signal?: AbortSignal
  /** Ends the waiting, not the operation. Default: no end. */
  readonly timeoutMs?: number
}

/**
 * Keeps targets equal to what their sources say.
 *
 * `sync`, `apply`, `rollback` and `remove` wait for the end of the operation, or its being held, and give the outcome; they throw only
 * for misuse, a stale plan, a revision that is gone, or the caller's own abort.
 */
export interface Engine extends AsyncDisposable, Pick<EventBus, 'on' | 'events'> {
  /**
   * Takes an application in. Throws `APPLICATION_EXISTS` for a name that is taken, and `FORMERLY_IN_USE` where one
   * application has, or had formerly, a name that another one had formerly.
   */
  readonly add: (application: DefinedApplication) => void
  /** Takes a new definition for a name; keeps its state and history. Throws `FORMERLY_IN_USE` as `add` does. */
  readonly replace: (application: DefinedApplication) => void
  /**
   * Takes an application out. With `prune: false` its resources and its recorded state are left as they are; with
   * `prune: true` everything it owns is deleted first, and then its state with its history, if all of it could be deleted.
   */
  readonly remove: (
    application: string,
    options: Asking & { readonly prune: boolean },
  ) => Promise<SyncResult | undefined>
  /**
   * Takes a removal back that has not come to its end: who waits for it is told, and the next pass brings back what was
   * deleted by then. Without effect where none was asked for.
   */
  readonly keep: (
    application: string,
    options: { readonly actor: string; readonly reason?: string },
  ) => Promise<void>
  /** Names of all applications. */
  readonly applications: () => readonly string[]
  /**
   * Names that something is recorded under and no application has, or had formerly. Nothing is ever done about them: add
   * the application again, to go on with it or to remove it; or name it in another one's `formerly`.
   */
  readonly withoutDefinition: () => Promise<readonly string[]>
  /**
   * Opens the store and begins; or stands by, while another engine has the store, and begins when that one is gone: see
   * `role`. Does not fail because a source or a target is out of reach. State without a definition is told by
   * `application.undefined`, and not touched.
   */
  readonly start: () => Promise<void>
  /**
   * Lets running passes finish for `drainMs` (default 30000), aborts what still runs, and disposes everything the
   * engine was given. Nothing starts afterwards. The store's lease is given back, and who stands by takes over. A second
   * call forces.
   */
  readonly stop: (options?: { readonly drainMs?: number }) => Promise<void>
  /**
   * Whether it has the store or stands by. While it stands by, `status`, `history`, `plan` and `diff` look anew each time,
   * and what would be recorded throws `ENGINE_STANDING_BY`, which names who has the store.
   */
  readonly role: () => EngineRole
  /** How much there is to do, what became of passes, and how long things wait and take: numbers for a dashboard. */
  readonly metrics: () => EngineMetrics
  /** Asks the source now and brings the application in line with it. */
  readonly sync: (application: string, options: Asking) => Promise<SyncResult>
  /** What would be done now, without doing it. */
  readonly plan: (application: string, options?: { readonly signal?: AbortSignal }) => Promise<Plan>
  /** What each change of a plan does, field by field, with sensitive values masked. */
  readonly diff: (plan: Plan, options?: { readonly signal?: AbortSignal }) => Promise<readonly ResourceDiff[]>
  /** Carries out this plan, if it is still what would be done; else throws `PLAN_STALE`. Releases no hold. */
  readonly apply: (plan: Plan, options: Asking) => Promise<SyncResult>
  /**
   * Pins the application to a revision and brings it about, in an operation of its own that ends whatever is open. The pin
   * stays, also through restarts and new commits, until `unpin` or another rollback: `sync` syncs to it, drift from it is
   * undone. Every guard applies. Nothing is pinned when the revision cannot be read. `ROLLBACK_DIFFERS` among the reasons:
   * what it renders today is not what ran then.
   *
   * Throws `REVISION_UNKNOWN`, `REVISION_AMBIGUOUS`, `NO_PREVIOUS_REVISION`, `REVISION_GONE`, and
   * `APPLICATION_SUSPENDED`, because a suspended application has to be resumed first.
   */
  readonly rollback: (
    application: string,
    options: Asking & { readonly to: RollbackTarget },
  ) => Promise<SyncResult>
  /**
   * Ends a pin: the application follows its source again, from what that says now, also where that is what the rollback
   * left. Asks the source first; throws what that throws, and the pin stays, where it cannot be asked. Allowed while the
   * application is suspended. Without effect where nothing is pinned.
   */
  readonly unpin: (
    application: string,
    options: { readonly actor: string; readonly reason?: string },
  ) => Promise<void>
  readonly status: (application: string) => Promise<ApplicationStatus>
  /** Newest first. Default limit 50. `before` is the `place` of an entry: what is older than that. */
  readonly history: (
    application: string,
    options?: { readonly limit?: number; readonly before?: string },
  ) => Promise<readonly RecordedEntry[]>
  /**
   * Gives a person's consent to exactly this plan, the latest of its application: it is carried out as far as no rule holds
   * it that consent does not release (those are ownership, protection, scope, window, revision). Serves one operation. A
   * commit to the application, or an edit of a resource that the plan touches, makes it stale; commits elsewhere do not.
   *
   * Throws `PLAN_STALE` for a plan that another has replaced or that was carried out, `PLAN_UNKNOWN` for one that no
   * application has, and `INVALID_APPROVAL`.
   */
  readonly approve: (planId: string, options: Approving) => Promise<Approval>
  /** Takes an approval back, between two passes: what is not done by then is held again. Throws `PLAN_UNKNOWN`. */
  readonly disapprove: (
    planId: string,
    options: { readonly actor: string; readonly reason?: string },
  ) => Promise<void>
  /** Stops passes of the application until `resume`; survives restarts with a durable store. */
  readonly suspend: (
    application: string,
    options: { readonly actor: string; readonly reason?: string },
  ) => Promise<void>
  /** Ends a suspension, whoever set it. A pin stays. Without effect where it is not suspended. */
  readonly resume: (
    application: string,
    options: { readonly actor: string; readonly reason?: string },
  ) => Promise<void>
  /**
   * Decides about a target that has another identity than what is recorded, which stops every pass with `TARGET_CHANGED`.
   * Recorded in the history. Without effect where the identity is the recorded one; throws where it cannot be read.
   */
  readonly retarget: (application: string, options: Retargeting) => Promise<void>
  /** Asks a source, or all of them, now. A source that fails is told by `source.failed`. */
  readonly refresh: (source?: Source) => void
}
