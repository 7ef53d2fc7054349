import type { Inventory, InventoryEntry } from '../model/inventory.ts'
import type { ResourceKey } from '../model/resource.ts'

/** An inventory entry of an instance of a hook. */
export type HookEntry = InventoryEntry & Required<Pick<InventoryEntry, 'hook'>>

/** The instances of hooks in an inventory. */
export function hookEntries(inventory: Inventory): readonly HookEntry[] {
  const found: HookEntry[] = []
  for (const entry of inventory.values()) if (isHookEntry(entry)) found.push(entry)
  return found
}

/** The inventory of what is kept in line: all but the instances of hooks. The same map where there are none. */
export function withoutHooks(inventory: Inventory): Inventory {
  const hooks = hookEntries(inventory)
  if (hooks.length === 0) return inventory
  const rest = new Map(inventory)
  for (const { key } of hooks) rest.delete(key)
  return rest
}

const isHookEntry = (entry: InventoryEntry): entry is HookEntry => entry.hook !== undefined

/** What decides which instances go. */
export interface DoomedInput {
  /** The operation that is open. What it made stays until it is over. */
  readonly open: string | undefined
  /** Whether the hook is desired still. */
  readonly isDesired: (key: ResourceKey) => boolean
  /** Whether what left the desired state is deleted. */
  readonly prune: boolean
}

/** How many instances of one hook stay at most, whatever its policy. */
const instancesKept = 10

/**
 * The instances that have to go: those of an operation that is over which still run, those whose policy says so, those of
 * hooks that are desired no more (where pruning is on), and of the rest all but the newest. Pure.
 */
export function doomedInstances(entries: readonly HookEntry[], input: DoomedInput): readonly HookEntry[] {
  const over = entries.filter(({ hook }) => hook.operation !== input.open)
  const isDoomed = ({ hook }: HookEntry): boolean =>
    hook.outcome === undefined ||
    hook.deletePolicy.includes(hook.outcome) ||
    (input.prune && !input.isDesired(hook.of))
  const doomed = over.filter(isDoomed)
  const rest = over.filter((entry) => !isDoomed(entry)).sort((one, other) => other.hook.at - one.hook.at)
  const counts = new Map<ResourceKey, number>()
  for (const entry of rest) {
    const count = (counts.get(entry.hook.of) ?? 0) + 1
    counts.set(entry.hook.of, count)
    if (count > instancesKept) doomed.push(entry)
  }
  return doomed
}
