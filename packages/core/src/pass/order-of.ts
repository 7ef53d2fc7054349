import type { Application } from '../application/define-application.ts'
import type { ResourceKey } from '../model/resource.ts'
import type { ApplicationState } from '../model/state.ts'
import type { DesiredSet } from '../pipeline/desired-set.ts'
import type { Differences } from '../pipeline/diff.ts'
import { type Order, order, type Placed } from '../pipeline/order.ts'
import type { Dependency } from '../ports/target.ts'

/** The order of everything that is desired or on its way out, and the edges the target gave for it. */
export interface OrderFound {
  readonly order: Order
  readonly edges: readonly Dependency[]
}

/** Works out the order. Not worked out where nothing changes. */
export function orderOf<Manifest>(
  application: Application<Manifest>,
  set: DesiredSet,
  state: ApplicationState,
  { changes, settling }: Differences,
): OrderFound {
  if (changes.length === 0) return { order: order([], []), edges: [] }
  const placed: Placed[] = []
  for (const { key, label, traits } of set.records.values()) {
    placed.push({ key, label, wave: traits?.wave ?? 0, dependsOn: traits?.dependsOn ?? [] })
  }
  const leaving = new Set<ResourceKey>()
  for (const key of [...changes.map((change) => change.key), ...settling.keys()])
    if (!set.records.has(key)) leaving.add(key)
  const remembered: Dependency[] = []
  for (const key of leaving) {
    const entry = state.inventory.get(key)
    placed.push({ key, label: entry?.label ?? key, wave: entry?.owned?.traits?.wave ?? 0, dependsOn: [] })
    for (const before of entry?.owned?.dependencies ?? [])
      if (leaving.has(before)) remembered.push({ before, after: key })
  }
  const edges = application.target.order?.(placed) ?? []
  const ordering = edges.filter(({ makesRoom }) => makesRoom !== true)
  return { order: order(placed, [...ordering, ...remembered]), edges }
}
