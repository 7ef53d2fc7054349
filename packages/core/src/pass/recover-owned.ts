import type { GuardedTarget } from '../adapters/guarded-target.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { Observation } from '../model/resource.ts'
import type { ApplicationState } from '../model/state.ts'
import type { DesiredSet } from '../pipeline/desired-set.ts'
import type { Call } from '../ports/call.ts'

/**
 * What carries our mark although nothing is recorded of the application: after a lost store, a restart with one that is
 * not durable, or a target that was abandoned for one on which the application has been before. Only what is not desired: what is, is recognised by its mark anyway. Each is taken in as a write whose
 * outcome is unknown, so that it is pruned under every guard, or forgotten, like any other.
 */
export async function recoverOwned<Manifest>(
  { head, inventory }: ApplicationState,
  desired: DesiredSet,
  target: GuardedTarget<Manifest>,
  call: Call,
  formerly: readonly string[],
): Promise<readonly InventoryEntry[]> {
  const isStranger = inventory.size === 0 && head.settled === undefined
  if (!isStranger || head.operation !== undefined) return []
  const owned: Observation[] = []
  for (const application of [call.owner.application, ...formerly])
    owned.push(...(await target.owned({ ...call, owner: { ...call.owner, application } })))
  return owned
    .filter(({ key }) => !desired.records.has(key))
    .map(({ key, uid }) => ({
      key,
      label: key,
      pending: { action: 'update', expects: { kind: 'present', ...(uid !== undefined && { uid }) } },
    }))
}
