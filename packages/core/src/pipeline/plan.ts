import { endsOwnership, type PlannedChange } from '../model/change.ts'
import type { Plan } from '../model/plan.ts'
import type { ResourceKey, Waiting } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import type { DesiredSet } from './desired-set.ts'
import type { Difference } from './diff.ts'
import type { Order } from './order.ts'
import { planId } from './plan-id.ts'

/** What a plan is made of. */
export interface PlanInput {
  readonly application: string
  readonly target: string
  readonly revision: Revision
  readonly desired: DesiredSet
  readonly differences: readonly Difference[]
  readonly order: Order
  readonly unchanged: number
  /** What waits for another application. */
  readonly waiting?: readonly Waiting[]
  readonly at: number
  readonly digest: (content: string) => string
}

/** Differences in the order they would be settled: what is wanted first, stage by stage; then deletes, the other way round. */
export function plan(input: PlanInput): Plan {
  const changes = inStages(input.differences, input.order)
  return {
    formatVersion: 1,
    id: planId(input.application, input.target, changes, input.digest),
    application: input.application,
    target: input.target,
    revision: input.revision,
    desiredDigest: input.desired.digest,
    at: input.at,
    // Listeners get this very object: what they do to it must not change what is done.
    changes: Object.freeze(changes),
    holds: [],
    waiting: [...input.desired.waiting, ...(input.waiting ?? [])],
    unchanged: input.unchanged,
  }
}

function inStages(differences: readonly Difference[], order: Order): readonly PlannedChange[] {
  const wanted = differences.filter((difference) => !endsOwnership(difference))
  const ending = differences.filter(endsOwnership)
  const stageOf = (difference: Difference): number => order.stageOf(difference.key)
  const up = ranks(wanted, stageOf)
  const down = ranks(ending, (difference) => -stageOf(difference))
  const firstEnding = up.size
  return [
    ...wanted.map((difference) => planned(difference, up.get(stageOf(difference)) ?? 0)),
    ...ending.map((difference) => planned(difference, firstEnding + (down.get(-stageOf(difference)) ?? 0))),
  ].sort((a, b) => a.stage - b.stage || compareKeys(a.key, b.key))
}

/** Stage numbers without gaps, so that "stage 2" is the second thing that happens. */
function ranks(
  differences: readonly Difference[],
  stageOf: (difference: Difference) => number,
): ReadonlyMap<number, number> {
  const distinct = [...new Set(differences.map(stageOf))].sort((a, b) => a - b)
  return new Map(distinct.map((stage, rank) => [stage, rank]))
}

function planned(difference: Difference, stage: number): PlannedChange {
  const { key, label, action, reason, expects, because, desired, entry, observation } = difference
  return {
    key,
    label,
    action,
    reason,
    expects,
    ...(entry?.owned && { from: entry.owned.digest }),
    ...(desired && { to: desired.digest }),
    ...(observation?.fingerprint !== undefined && { fingerprint: observation.fingerprint }),
    stage,
    ...(because !== undefined && { because }),
    ...(desired?.origin && { origin: desired.origin }),
  }
}

const compareKeys = (a: ResourceKey, b: ResourceKey): number => (a < b ? -1 : a > b ? 1 : 0)
