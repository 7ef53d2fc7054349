import type { Inventory } from '../model/inventory.ts'
import type { Desired, Origin, ResourceKey, Traits, Waiting } from '../model/resource.ts'

/** What is kept of a desired resource between passes: all but its body. */
export interface DesiredRecord {
  readonly key: ResourceKey
  readonly label: string
  readonly digest: string
  /** Absent when the resource asks for nothing. */
  readonly traits: Traits | undefined
  readonly origin: Origin | undefined
}

/** Everything one revision asks for, without bodies. */
export interface DesiredSet {
  readonly records: ReadonlyMap<ResourceKey, DesiredRecord>
  /** Resources that are hooks: made anew for each operation, and not kept in line. */
  readonly hooks: ReadonlyMap<ResourceKey, DesiredRecord>
  /** Digest over all keys and digests, those of hooks included. Equal digest = the same desired state. */
  readonly digest: string
  readonly waiting: readonly Waiting[]
}

/**
 * What to remember of prepared resources. Strings the inventory already holds are used in place of equal ones, so that
 * a quiet application costs each text once.
 */
export function rememberDesired<Manifest>(
  desired: ReadonlyMap<ResourceKey, Desired<Manifest>>,
  waiting: readonly Waiting[],
  inventory: Inventory,
  digest: (content: string) => string,
): DesiredSet {
  const records = new Map<ResourceKey, DesiredRecord>()
  const hooks = new Map<ResourceKey, DesiredRecord>()
  const lines: string[] = []
  for (const resource of desired.values()) {
    lines.push(`${JSON.stringify(resource.key)} ${resource.digest}`)
    const entry = inventory.get(resource.key)
    const sameDigest = entry?.owned?.digest === resource.digest
    const sameLabel = entry?.label === resource.label
    const key = entry?.key ?? resource.key
    const among = resource.traits.hook === undefined ? records : hooks
    among.set(key, {
      key,
      label: sameLabel ? entry.label : resource.label,
      digest: sameDigest ? (entry.owned?.digest ?? resource.digest) : resource.digest,
      traits: Object.keys(resource.traits).length === 0 ? undefined : resource.traits,
      origin: resource.origin,
    })
  }
  return { records, hooks, digest: digest(lines.sort().join('\n')), waiting }
}
