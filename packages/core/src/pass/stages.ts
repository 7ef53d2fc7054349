import { endsOwnership, isHeal, type PlannedChange } from '../model/change.ts'
import type { ResourceKey } from '../model/resource.ts'
import type { Order } from '../pipeline/order.ts'

/** Changes that may be applied at once. */
export interface Stage {
  readonly number: number
  /** Deletes and releases come in stages of their own, after all others but what they make room for. */
  readonly ends: boolean
  readonly changes: readonly PlannedChange[]
}

/** Planned changes by stage, first stage first. */
export function stagesOf(changes: readonly PlannedChange[]): readonly Stage[] {
  const stages = new Map<number, PlannedChange[]>()
  for (const change of changes) {
    const stage = stages.get(change.stage)
    if (stage === undefined) stages.set(change.stage, [change])
    else stage.push(change)
  }
  return [...stages.entries()]
    .sort(([a], [b]) => a - b)
    .map(([number, members]) => ({ number, ends: members.every(endsOwnership), changes: members }))
}

/** The changes that do not depend, directly or by their wave, on any of these failed keys. */
export function independentOf(
  failed: ReadonlySet<ResourceKey>,
  changes: readonly PlannedChange[],
  order: Order,
): { readonly free: readonly PlannedChange[]; readonly stopped: readonly PlannedChange[] } {
  if (failed.size === 0) return { free: changes, stopped: [] }
  let lowestFailedWave = Number.POSITIVE_INFINITY
  for (const key of failed) lowestFailedWave = Math.min(lowestFailedWave, order.waveOf(key))
  const dependsOnFailed = (change: PlannedChange): boolean =>
    order.dependenciesOf(change.key).some((key) => failed.has(key)) ||
    (!isHeal(change) && order.waveOf(change.key) > lowestFailedWave)
  return {
    free: changes.filter((change) => !dependsOnFailed(change)),
    stopped: changes.filter(dependsOnFailed),
  }
}
