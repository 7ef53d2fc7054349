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
  const unready = new Map<ResourceKey, Health>()
  for (const [key, health] of unhealthy) {
    const awaited = changes.some(
      (change) =>
        explicit(change.key).includes(key) ||
        (changed.has(key) &&
          (order.dependenciesOf(change.key).includes(key) || order.waveOf(key) < order.waveOf(change.key))),
    )
    if (awaited) unready.set(key, health)
  }
  return unready
}

/** What an operation waits for before it may end, or prune: everything it changed. */
export function unreadyOf(changed: ReadonlySet<ResourceKey>, unhealthy: Unready): Unready {
  return new Map([...unhealthy].filter(([key]) => changed.has(key)))
}
