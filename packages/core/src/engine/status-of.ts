import { summariseError } from '../errors/classify.ts'
import type { MooringError } from '../errors/mooring-error.ts'
import type { Approval } from '../model/approval.ts'
import type { Hold } from '../model/plan.ts'
import type { Revision } from '../model/revision.ts'
import type { ApplicationState } from '../model/state.ts'
import type { ApplicationStatus, SyncState } from '../model/status.ts'
import type { PassReport } from '../pass/pass-report.ts'
import { withoutHooks } from '../pipeline/hook-instances.ts'

/** What status is made of. */
export interface StatusInput {
  readonly application: string
  readonly state: ApplicationState
  /** The last pass, if there was one in this process. */
  readonly report: PassReport | undefined
  /** The last pass of this process that made a plan. */
  readonly seen: PassReport | undefined
  readonly desired: Revision | undefined
  readonly sourceFailure: MooringError | undefined
  readonly nextPassAt: number | undefined
}

/** One application as people see it. Pure. */
export function statusOf(input: StatusInput): ApplicationStatus {
  const { application, state, report, desired, nextPassAt } = input
  const { operation, pin, suspended, settled } = state.head
  const wanted = pin?.revision ?? desired
  // Nobody looks while it is suspended.
  const sync = suspended ? 'unknown' : syncStateOf(report, wanted)
  // An unrelated commit opens no operation: what was applied is as good as what is desired now.
  const isThere = sync === 'synced' && operation === undefined
  const applied = isThere ? (report?.plan?.revision ?? state.head.applied) : state.head.applied
  const failure = report?.error ?? input.sourceFailure
  return {
    application,
    sync,
    ...(sync === 'unknown' && lastKnownOf(input.seen)),
    health: report === undefined || sync === 'unknown' ? 'unknown' : report.health,
    unhealthy: report === undefined || sync === 'unknown' ? [] : report.unhealthy,
    ...(operation && { operation }),
    ...(settled && { lastOperation: settled }),
    ...(wanted && { desired: wanted }),
    ...(pin && desired && desired.id !== pin.revision.id && { latest: desired }),
    ...(applied && { applied }),
    resources: withoutHooks(state.inventory).size,
    holds: report?.plan?.holds ?? [],
    waiting: report?.plan?.waiting ?? [],
    ...(state.head.approval && { approval: shownOf(state.head.approval) }),
    ...(pin && { pin }),
    ...(suspended && { suspended }),
    ...(state.head.troubledSince !== undefined && { troubledSince: state.head.troubledSince }),
    ...(failure && { lastError: summariseError(failure) }),
    ...(nextPassAt !== undefined && suspended === undefined && { nextPassAt: Math.round(nextPassAt) }),
  }
}

/** Judged by itself: what has become desired since then it could not know. */
function lastKnownOf(seen: PassReport | undefined): Pick<ApplicationStatus, 'lastKnown'> {
  if (seen?.plan === undefined) return {}
  const { plan, health } = seen
  return {
    lastKnown: { sync: syncStateOf(seen, plan.revision), health, revision: plan.revision, at: plan.at },
  }
}

const shownOf = ({
  desiredDigest: _,
  changes: __,
  ended: ___,
  ...shown
}: Approval): NonNullable<ApplicationStatus['approval']> => shown

const isBeside = ({ guard, holdsOperation }: Hold): boolean =>
  guard === 'verified-revision' && !holdsOperation

/** In sync: a pass looked at this very revision and found nothing left to change. What nobody looked at is unknown. */
function syncStateOf(report: PassReport | undefined, desired: Revision | undefined): SyncState {
  if (report?.plan === undefined) return 'unknown'
  const isOfThis = desired === undefined || report.plan.revision.id === desired.id
  // A newer revision that waits for a signature was looked at: it is not there.
  if (!isOfThis) return report.plan.holds.some(isBeside) ? 'out-of-sync' : 'unknown'
  const left = report.plan.changes.length - report.changed
  const held = report.plan.holds.some((hold) => hold.holdsOperation)
  const clear =
    left <= 0 && !held && !report.settling && report.plan.waiting.length === 0 && report.error === undefined
  return clear ? 'synced' : 'out-of-sync'
}
