import type { ResourceKey } from '../model/resource.ts'
import type { Dependency } from '../ports/target.ts'
import type { Difference } from './diff.ts'

/** Which wanted resources can only be made when a leaving one is gone: by the leaving one's key. */
export type Room = ReadonlyMap<ResourceKey, readonly ResourceKey[]>

/** Differences in which what stands in the way goes first. */
export interface RoomMade {
  readonly changes: readonly Difference[]
  readonly room: Room
}

/**
 * Finds what stands in the way of what is wanted, by the target's own edges. A wanted resource in whose place the leaving
 * one is seen does not exist yet: it is created when that one is gone, not taken over. `going` are keys whose deletion is
 * under way. Pure.
 */
export function makeRoom(
  changes: readonly Difference[],
  edges: readonly Dependency[],
  going: ReadonlySet<ResourceKey>,
): RoomMade {
  const ways = edges.filter(({ makesRoom }) => makesRoom === true)
  if (ways.length === 0) return { changes, room: new Map() }
  const deletes = new Set(changes.filter(({ action }) => action === 'delete').map(({ key }) => key))
  const wanted = new Map(changes.filter(isWanted).map((change) => [change.key, change]))
  const room = new Map<ResourceKey, ResourceKey[]>()
  const anew = new Set<ResourceKey>()
  for (const { before, after } of ways) {
    if (!wanted.has(after) || (!deletes.has(before) && !going.has(before))) continue
    room.set(before, [...(room.get(before) ?? []), after])
    anew.add(after)
  }
  return { room, changes: changes.map((change) => (anew.has(change.key) ? asCreate(change) : change)) }
}

const isWanted = ({ action, entry }: Difference): boolean =>
  action === 'create' || (action === 'update' && entry?.owned === undefined)

function asCreate(difference: Difference): Difference {
  if (difference.action === 'create') return difference
  const { observation: _, ...rest } = difference
  return { ...rest, action: 'create', reason: 'added', expects: { kind: 'absent' } }
}
