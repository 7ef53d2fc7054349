import { summariseError } from '../errors/classify.ts'
import type { MooringError } from '../errors/mooring-error.ts'
import type { Approval } from '../model/approval.ts'
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

const shownOf = ({
  desiredDigest: _,
  changes: __,
  ended: ___,
  ...shown
}: Approval): NonNullable<ApplicationStatus['approval']> => shown

/** In sync: a pass looked at this very revision and found nothing left to change. What nobody looked at is unknown. */
function syncStateOf(report: PassReport | undefined, desired: Revision | undefined): SyncState {
  if (report?.plan === undefined || (desired !== undefined && report.plan.revision.id !== desired.id))
    return 'unknown'
  const left = report.plan.changes.length - report.changed
  const held = report.plan.holds.some((hold) => hold.holdsOperation)
  const clear =
    left <= 0 && !held && !report.settling && report.plan.waiting.length === 0 && report.error === undefined
  return clear ? 'synced' : 'out-of-sync'
}
