import { type Hooks, hooksOf } from '../application/hooks.ts'
import type { HookPhase } from '../model/hook.ts'
import type { ResourceKey } from '../model/resource.ts'
import type { Dependency, Orderable } from '../ports/target.ts'
import type { DesiredRecord } from './desired-set.ts'
import type { WantedHook } from './hook-steps.ts'
import { order } from './order.ts'

/** What the groups of a phase are made of. */
export interface HookGroupsInput {
  readonly phase: HookPhase
  readonly functions: Hooks | undefined
  readonly resources: ReadonlyMap<ResourceKey, DesiredRecord>
  /** Whether the application has never been synced. */
  readonly isFirst: boolean
  /** The target's own edges. */
  readonly edges: (resources: readonly Orderable[]) => readonly Dependency[]
}

/**
 * The hooks of a phase in groups that run one after the other. Functions each by itself, before resources in `beforeSync`
 * and after them otherwise: they prepare, or judge. Resources by weight, and within a weight in the target's order (a
 * ServiceAccount before the Job that uses it). Pure.
 */
export function hookGroups(input: HookGroupsInput): readonly (readonly WantedHook[])[] {
  const functions = hooksOf(input.functions, input.phase).map((hook): readonly WantedHook[] => [
    { kind: 'function', name: hook.name, hook },
  ])
  const resources = resourceGroups(input)
  return input.phase === 'beforeSync' ? [...functions, ...resources] : [...resources, ...functions]
}

function resourceGroups({
  phase,
  resources,
  isFirst,
  edges,
}: HookGroupsInput): readonly (readonly WantedHook[])[] {
  const wanted = [...resources.values()].filter(({ traits }) => {
    const { phases = [], when } = traits?.hook ?? {}
    return phases.some((one) => one === phase) && (when === undefined || (when === 'first') === isFirst)
  })
  if (wanted.length === 0) return []
  const placed = wanted.map(({ key, label, traits }) => ({
    key,
    label,
    wave: traits?.hook?.weight ?? 0,
    dependsOn: [],
  }))
  const { stageOf } = order(placed, edges(placed))
  const groups = new Map<number, WantedHook[]>()
  for (const record of wanted.sort((one, other) => (one.key < other.key ? -1 : 1))) {
    const stage = stageOf(record.key)
    const group = groups.get(stage) ?? []
    group.push({ kind: 'resource', name: record.label, record })
    groups.set(stage, group)
  }
  return [...groups].sort(([one], [other]) => one - other).map(([, group]) => group)
}
