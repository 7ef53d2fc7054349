import { canonicalJson } from '../../digest/canonical-json.ts'
import type { Health, Owner, ResourceKey } from '../../model/resource.ts'
import type { MemoryManifest } from './memory-manifest.ts'

/** One live resource, as somebody who looks at the system itself sees it. */
export interface LiveResource {
  readonly manifest: MemoryManifest
  readonly uid: string
  readonly version: string
  readonly owner?: Owner
  readonly health: Health
  /** True while a deletion is under way. */
  readonly deleting?: boolean
}

/**
 * The system behind a memory target, as other people use it. What they do changes versions and reaches watches.
 * Several targets may stand before one system: `memoryTarget({ live: other.live })`.
 */
export interface MemoryLive {
  readonly get: (id: ResourceKey) => LiveResource | undefined
  /** Ids of everything that is live. */
  readonly list: () => readonly ResourceKey[]
  /** Makes a resource, or a new incarnation in place of the one there is. Carries no mark unless an owner is given. */
  readonly put: (manifest: MemoryManifest, options?: { readonly owner?: Owner }) => void
  /** Sets fields of a live resource and leaves its mark and uid. Throws a RangeError when there is none. */
  readonly edit: (id: ResourceKey, fields: Omit<Partial<MemoryManifest>, 'id'>) => void
  /** Takes the mark off a live resource, and leaves the rest. Throws a RangeError when there is none. */
  readonly strip: (id: ResourceKey) => void
  /** Deletes a resource, if it is there. */
  readonly remove: (id: ResourceKey) => void
}

/** The system with the entrances that a target needs. */
export interface MemoryWorld extends MemoryLive {
  readonly records: Map<ResourceKey, LiveRecord>
  /** Writes a resource: the same incarnation if one is there, unless `anew`. */
  readonly write: (resource: WrittenResource) => LiveRecord
  readonly setHealth: (id: ResourceKey, health: Health) => void
  /** Calls with the id of everything other people change. Gives back the end of it. */
  readonly listen: (heard: (id: ResourceKey) => void) => () => void
}

/** A live resource with the fingerprint last computed of it, and by which digest. */
export interface LiveRecord extends LiveResource {
  fingerprint?: string
  fingerprintBy?: (content: string) => string
}

/** What a write sets. */
export interface WrittenResource {
  readonly manifest: MemoryManifest
  readonly owner?: Owner | undefined
  readonly anew?: boolean
  readonly deleting?: boolean
}

/** A system without resources. */
export function createWorld(health: Health = { state: 'healthy' }): MemoryWorld {
  const records = new Map<ResourceKey, LiveRecord>()
  const listeners = new Set<(id: ResourceKey) => void>()
  let writes = 0

  const write = (resource: WrittenResource): LiveRecord => {
    const record = recordOf(resource, records.get(resource.manifest.id), String(++writes), health)
    records.set(resource.manifest.id, record)
    return record
  }
  const tell = (id: ResourceKey) => {
    for (const heard of listeners) heard(id)
  }
  const existing = (id: ResourceKey): LiveRecord => {
    const record = records.get(id)
    if (record === undefined) throw new RangeError(`Expected a live resource ${id}, found none`)
    return record
  }

  return {
    records,
    write,
    get: (id) => records.get(id),
    list: () => [...records.keys()],
    put(manifest, { owner } = {}) {
      write({ manifest, owner, anew: true })
      tell(manifest.id)
    },
    edit(id, fields) {
      const { manifest, owner } = existing(id)
      write({ manifest: { ...manifest, ...fields, id }, owner })
      tell(id)
    },
    strip(id) {
      write({ manifest: existing(id).manifest, owner: undefined })
      tell(id)
    },
    remove(id) {
      if (records.delete(id)) tell(id)
    },
    setHealth(id, state) {
      records.set(id, { ...existing(id), health: state })
      tell(id)
    },
    listen(heard) {
      listeners.add(heard)
      return () => listeners.delete(heard)
    },
  }
}

function recordOf(
  { manifest, owner, anew = false, deleting = false }: WrittenResource,
  existing: LiveRecord | undefined,
  version: string,
  health: Health,
): LiveRecord {
  const before = anew ? undefined : existing
  const base = {
    manifest,
    uid: before?.uid ?? `uid-${version}`,
    version,
    health: before?.health ?? health,
    ...(deleting && { deleting }),
  }
  return owner === undefined ? base : { ...base, owner }
}

/**
 * Fingerprint of a live resource, computed when it was written or first looked at with this digest, and kept: looking
 * at a hundred thousand resources must cost no digests.
 */
export function fingerprintOf(record: LiveRecord, digest: (content: string) => string): string {
  if (record.fingerprint === undefined || record.fingerprintBy !== digest) {
    record.fingerprint = `1:${digest(canonicalJson(record.manifest))}`
    record.fingerprintBy = digest
  }
  return record.fingerprint
}
