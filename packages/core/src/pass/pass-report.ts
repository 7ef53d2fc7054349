import type { MooringError } from '../errors/mooring-error.ts'
import type { Trigger } from '../events/events.ts'
import type { Operation, OperationOutcome } from '../model/operation.ts'
import type { Plan } from '../model/plan.ts'
import type { HealthState } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import type { UnhealthyResource } from '../model/status.ts'
import type { PassEnd } from '../pipeline/decide.ts'
import type { Asked } from '../pipeline/operation.ts'

/** Why a pass runs and what somebody asked of it. */
export interface PassRequest {
  readonly trigger: Trigger
  /** Default: what the source said last. */
  readonly revision?: Revision
  readonly asked?: Asked
  /** Look at the target now, whatever is cached. */
  readonly fresh?: boolean
  /** Delete everything the application keeps. */
  readonly removing?: boolean
}

/** What the engine hears of a pass. */
export interface PassReport {
  readonly end: PassEnd
  readonly rendered: boolean
  readonly resources: number
  readonly changed: number
  /** Deletions under way. */
  readonly settling?: number
  /** The worst health of the desired resources, and those that are not healthy. */
  readonly health: HealthState
  readonly unhealthy: readonly UnhealthyResource[]
  readonly plan?: Plan
  readonly error?: MooringError
  /** The operation this pass worked for, as it stands. */
  readonly operation?: Operation
  /** Set when that operation is over, or held. */
  readonly outcome?: OperationOutcome
  readonly reasons: readonly string[]
}
