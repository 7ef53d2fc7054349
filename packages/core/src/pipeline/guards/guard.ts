import type { Consent } from '../../model/approval.ts'
import type { PlannedChange } from '../../model/change.ts'
import type { Hold, Plan } from '../../model/plan.ts'
import type { SyncPolicy } from '../../model/policy.ts'
import type { Owner, ResourceKey, Traits } from '../../model/resource.ts'
import type { Revision } from '../../model/revision.ts'
import type { ApplicationHead } from '../../model/state.ts'
import type { Unmet } from '../dependency.ts'

/** What a guard may look at. */
export interface GuardInput {
  /** Changes that no earlier guard holds. */
  readonly changes: readonly PlannedChange[]
  /** The plan they are of. */
  readonly plan: Pick<Plan, 'id' | 'revision'>
  /** Whether a person agreed to this plan. */
  readonly consent: Consent
  readonly policy: SyncPolicy
  readonly owner: Owner
  /** The mark on the live resource a change was planned against. */
  readonly liveOwnerOf: (key: ResourceKey) => Owner | undefined
  /** The resource is on its way here from an application of the same engine that desires it no more. */
  readonly movesHere?: (key: ResourceKey) => boolean
  /** Deletes that waited too long for other applications to plan this revision, and the names of those. */
  readonly behind?: {
    readonly deletes: readonly { readonly key: ResourceKey }[]
    readonly applications: readonly string[]
  }
  /** In which respect a change lies outside of the application's scope, if it does. */
  readonly outsideOf: (change: PlannedChange) => string | undefined
  /** Applications this one depends on that are not ready. Default none. */
  readonly unmet?: readonly Unmet[]
  /** Applications that depend on this one. Default none. */
  readonly dependents?: readonly string[]
  readonly traitsOf: (key: ResourceKey) => Traits
  /** How many resources the desired state has. */
  readonly desired: number
  /** How many resources the inventory has. */
  readonly inventory: number
  /** How many manifests wait for something to exist. */
  readonly waiting: number
  readonly deletions: ApplicationHead['deletions']
  readonly now: number
  /** A person asked for this pass, or for the operation that is open: automation is no question any more. */
  readonly asked: boolean
  /** Somebody asked for a sync, which undoes drift too. */
  readonly heal?: boolean
  /** A newer revision, which is not verified and waits for the end of the open operation. */
  readonly unverified?: Revision | undefined
  /** An operation for this desired state is open. Default false. */
  readonly open?: boolean
  /** The open operation, which is for this desired state, has begun: to write, or with its hooks. */
  readonly begun: boolean
  /** Hooks would run for this desired state, which have not yet: something would happen although nothing is changed. */
  readonly hooksDue: boolean
  /** A person removes the application together with what it keeps. */
  readonly removing: boolean
}

/** One rule: what it holds back, if anything, with the reason and the way out. Pure. */
export type Guard = (input: GuardInput) => Hold | undefined

/** A hold on some changes, or nothing where there are none. */
export function holdOn(
  changes: readonly PlannedChange[],
  hold: Omit<Hold, 'keys' | 'message'> & { readonly message: (labels: string) => string },
): Hold | undefined {
  if (changes.length === 0) return undefined
  return { ...hold, message: hold.message(labelsOf(changes)), keys: changes.map((change) => change.key) }
}

/** A hold on some changes, and on the hooks that come with them; nothing where there is neither. */
export const holdAll = (
  changes: readonly PlannedChange[],
  { hooksDue }: Pick<GuardInput, 'hooksDue'>,
  hold: Parameters<typeof holdOn>[1],
): Hold | undefined =>
  changes.length === 0 && hooksDue
    ? { ...hold, message: hold.message('its hooks'), keys: [] }
    : holdOn(changes, hold)

/** How a person agrees to a plan, as part of a hold's release. */
export const approveIt = (planId: string): string => `approve it with engine.approve('${planId}')`

/** Why an approval that was given does not release a hold, as the end of its message. */
export const notApproved = (consent: Consent): string =>
  consent.kind === 'stale'
    ? ` (the approval of ${consent.approval.actor} does not count any more, ${consent.why})`
    : ''

const shown = 5

/** The first few labels, and how many more there are. */
export function labelsOf(changes: readonly PlannedChange[]): string {
  const names = changes.slice(0, shown).map((change) => change.label)
  const rest = changes.length - names.length
  return rest > 0 ? `${names.join(', ')} and ${rest} more` : names.join(', ')
}
