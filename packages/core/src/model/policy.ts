import type { SyncWindow } from './sync-window.ts'

/** Which existing resources an application may take over. */
export type OwnershipPolicy = 'must-match' | 'adopt-unowned' | 'adopt-all'

/**
 * Which plans wait for a person. `destructive`: those that delete or replace something; the whole plan waits, not only its
 * deletes. Heals never do.
 */
export type ApprovalPolicy = 'never' | 'destructive' | 'always'

/** How many deletes and replaces an application may do on its own within an hour. */
export interface PruneBudget {
  /** Never more than this many. Default 50. */
  readonly max: number
  /** Share of the inventory, from 3 resources on. Default 0.5. */
  readonly shareOfFew: number
  /** Share of the inventory, from 6 resources on. Default 0.25. */
  readonly shareOfMany: number
}

/** How an application is kept in line. Every field has a default; see `defaultPolicy`. */
export interface SyncPolicy {
  /** Default true. False: a new revision is planned and shown, and applied only when somebody asks. */
  readonly automated: boolean
  /** Default true. False: drift is reported and left until somebody asks. */
  readonly selfHeal: boolean
  /** Default false. True: resources that left the desired state are deleted, within the budget. */
  readonly prune: boolean
  /** Default 300000. The application is looked at again after this long, with 10 % jitter, even if nothing happened. */
  readonly intervalMs: number
  /**
   * Default `must-match`: an existing resource that does not carry this application's mark is held, not touched.
   * `adopt-unowned`: take it over unless it carries somebody's mark. `adopt-all`: take it over from anybody.
   */
  readonly ownership: OwnershipPolicy
  /** Default false: a desired state without any resource is held as a mistake. True: it means "delete everything". */
  readonly allowEmpty: boolean
  readonly pruneBudget: PruneBudget
  /**
   * Default `never`: only what another rule holds back waits for somebody. Else such a plan is held as `APPROVAL_NEEDED`
   * until `engine.approve` is called with its id. A removal that a person asked for needs none.
   */
  readonly approval: ApprovalPolicy
  /**
   * Default `off`. `required`: nothing new comes from a revision whose `verification` is not `verified`, which is up to the
   * source; what ran before is healed.
   */
  readonly verified: 'off' | 'required'
  /** When the target may be changed. Default none: at any time. */
  readonly windows: readonly SyncWindow[]
  /** Labels or keys, with `*` for any run of characters, that are never deleted or replaced. Default none. */
  readonly protect: readonly string[]
  /**
   * Default `continue`: one bad resource stops what depends on it, not its neighbours.
   * `atomic`: nothing is written unless every change previews cleanly, and the first failure stops the rest.
   */
  readonly onFailure: 'continue' | 'atomic'
  /** Default 600000. An operation that is not synced and healthy by then ends `timed-out`. Held time does not count. */
  readonly deadlineMs: number
  /**
   * Default `none`: only the operation has a deadline. A number: an operation whose current stage is not ready this long after
   * its first write ends, and its reasons name the stage and what it waited for. Held time does not count.
   */
  readonly stageDeadlineMs: number | 'none'
  /**
   * Default `healthy`: nothing is pruned before everything the operation changed is healthy, so that the old stays until
   * the new works. `applied`: pruned as soon as everything is written, for what only gets healthy when the old is gone.
   */
  readonly pruneWhen: 'healthy' | 'applied'
  /** Default 60000. A write that takes longer is aborted and counts as unsettled. */
  readonly applyTimeoutMs: number
  /** Default 60000. Rendering, preparing and observing that take longer are aborted. */
  readonly readTimeoutMs: number
  /** Default 8. Writes under way at once within one stage. */
  readonly concurrency: number
}

/** The defaults, each the careful choice. */
export const defaultPolicy: SyncPolicy = {
  automated: true,
  selfHeal: true,
  prune: false,
  intervalMs: 300_000,
  ownership: 'must-match',
  allowEmpty: false,
  pruneBudget: { max: 50, shareOfFew: 0.5, shareOfMany: 0.25 },
  approval: 'never',
  verified: 'off',
  windows: [],
  protect: [],
  onFailure: 'continue',
  deadlineMs: 600_000,
  stageDeadlineMs: 'none',
  pruneWhen: 'healthy',
  applyTimeoutMs: 60_000,
  readTimeoutMs: 60_000,
  concurrency: 8,
}
