import { endsOwnership, type PlannedChange } from '../model/change.ts'
import type { Plan } from '../model/plan.ts'
import type { ResourceKey, Waiting } from '../model/resource.ts'
import type { Revision } from '../model/revision.ts'
import type { DesiredRecord, DesiredSet } from './desired-set.ts'
import type { Difference } from './diff.ts'
import type { Room } from './make-room.ts'
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
  /** What goes before something that is wanted, because it stands in its way. Default nothing. */
  readonly room?: Room
  /** Hooks that the operation for this desired state makes anew. Default none. */
  readonly hooks?: readonly DesiredRecord[]
  readonly unchanged: number
  /** What waits for another application. */
  readonly waiting?: readonly Waiting[]
  readonly at: number
  readonly digest: (content: string) => string
}

/**
 * Differences in the order they would be settled: what is wanted first, stage by stage; then deletes, the other way round.
 * Only what stands in the way of something wanted is deleted right before that.
 */
export function plan(input: PlanInput): Plan {
  const changes = inStages(input.differences, input.order, input.room)
  const hooks = Object.freeze((input.hooks ?? []).map(plannedHook))
  return {
    formatVersion: 1,
    id: planId(input.application, input.target, changes, input.digest, hooks),
    application: input.application,
    target: input.target,
    revision: input.revision,
    desiredDigest: input.desired.digest,
    at: input.at,
    // Listeners get this very object: what they do to it must not change what is done.
    changes: Object.freeze(changes),
    ...(hooks.length > 0 && { hooks }),
    holds: [],
    waiting: [...input.desired.waiting, ...(input.waiting ?? [])],
    unchanged: input.unchanged,
  }
}

const plannedHook = ({ key, label, digest, origin }: DesiredRecord): PlannedChange => ({
  key,
  label,
  action: 'create',
  reason: 'added',
  expects: { kind: 'absent' },
  to: digest,
  stage: 0,
  ...(origin && { origin }),
})

function inStages(
  differences: readonly Difference[],
  order: Order,
  room: Room = new Map(),
): readonly PlannedChange[] {
  const placeOf = (difference: Difference): Place => {
    const { key } = difference
    if (!endsOwnership(difference)) return [0, order.stageOf(key), 1]
    const after = room.get(key)
    if (after === undefined) return [1, -order.stageOf(key), 0]
    return [0, Math.min(...after.map(order.stageOf)), 0]
  }
  const placed = differences.map((difference) => ({ difference, place: placeOf(difference) }))
  const stages = stageNumbers(placed.map(({ place }) => place))
  return placed
    .map(({ difference, place }) => planned(difference, stages.get(place.join()) ?? 0))
    .sort((a, b) => a.stage - b.stage || compareKeys(a.key, b.key))
}

/**
 * Where a change comes: what is wanted (0) before what ends (1), each by its stage, and right before a wanted stage (0) what
 * is in its way.
 */
type Place = readonly [number, number, number]

/** Stage numbers without gaps, so that "stage 2" is the second thing that happens. */
function stageNumbers(places: readonly Place[]): ReadonlyMap<string, number> {
  const distinct = new Map(places.map((place) => [place.join(), place]))
  const sorted = [...distinct].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
  return new Map(sorted.map(([name], rank) => [name, rank]))
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
