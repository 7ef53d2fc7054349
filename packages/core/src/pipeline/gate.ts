import type { PlannedChange } from '../model/change.ts'
import type { Health, ResourceKey } from '../model/resource.ts'
import type { Order } from './order.ts'

/** Resources that are not ready yet, with their health. Empty = the gate is open. */
export type Unready = ReadonlyMap<ResourceKey, Health>

/**
 * What a stage waits for: of everything this operation changed, and of explicit dependencies, those that a change of
 * the stage depends on, directly or by its wave, and that are not healthy (or paused).
 */
export function gate(
  changes: readonly PlannedChange[],
  changed: ReadonlySet<ResourceKey>,
  explicit: (key: ResourceKey) => readonly ResourceKey[],
  order: Order,
  unhealthy: Unready,
): Unready {
  if (unhealthy.size === 0) return unhealthy
  // Gathered first: one look at each change and one at each unhealthy resource, of which there may be many thousands.
  const named = new Set<ResourceKey>()
  const direct = new Set<ResourceKey>()
  let lastWave = Number.NEGATIVE_INFINITY
  for (const { key } of changes) {
    for (const before of explicit(key)) named.add(before)
    for (const before of order.dependenciesOf(key)) direct.add(before)
    lastWave = Math.max(lastWave, order.waveOf(key))
  }
  const unready = new Map<ResourceKey, Health>()
  for (const [key, health] of unhealthy) {
    const isBefore = direct.has(key) || order.waveOf(key) < lastWave
    if (named.has(key) || (changed.has(key) && isBefore)) unready.set(key, health)
  }
  return unready
}

/** What an operation waits for before it may end, or prune: everything it changed. */
export function unreadyOf(changed: ReadonlySet<ResourceKey>, unhealthy: Unready): Unready {
  return new Map([...unhealthy].filter(([key]) => changed.has(key)))
}
