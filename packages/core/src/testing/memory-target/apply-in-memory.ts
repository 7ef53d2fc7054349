import { canonicalJson } from '../../digest/canonical-json.ts'
import { MooringError } from '../../errors/mooring-error.ts'
import type { Change } from '../../model/change.ts'
import type { Owner, ResourceKey } from '../../model/resource.ts'
import type { Capabilities } from '../../ports/target.ts'
import type { LiveRecord, MemoryWorld } from './memory-live.ts'
import type { MemoryManifest } from './memory-manifest.ts'

/** What a write did, and what is live after it. */
export interface Written {
  readonly outcome: 'changed' | 'unchanged'
  readonly record?: LiveRecord
}

/** Checks what the change expects and carries it out, in one step. Throws `EXPECTATION_NOT_MET` with nothing changed. */
export function applyInMemory(
  world: MemoryWorld,
  change: Change<MemoryManifest>,
  supports: Capabilities,
  caller: Owner,
): Written {
  const record = world.records.get(change.key)
  const found = differenceFrom(change, record, supports)
  if (found !== undefined) throw expectationNotMet(change, found)
  const owner = supports.marks ? caller : undefined
  switch (change.action) {
    case 'create':
    case 'update':
      refuseFixed(change, record?.manifest)
      return update(world, manifestOf(change), record, owner)
    case 'replace':
      return { outcome: 'changed', record: world.write({ manifest: manifestOf(change), owner, anew: true }) }
    case 'delete':
      return remove(world, change.key, record)
    case 'release':
      return release(world, record, caller)
  }
  change.action satisfies never
}

function differenceFrom(
  { expects }: Change<MemoryManifest>,
  record: LiveRecord | undefined,
  supports: Capabilities,
): string | undefined {
  if (expects.kind === 'absent') return record && `one with uid ${record.uid}`
  if (record === undefined) return 'none'
  if (supports.uids && expects.uid !== undefined && expects.uid !== record.uid) return `uid ${record.uid}`
  if (supports.versions && expects.version !== undefined && expects.version !== record.version) {
    return `version ${record.version}`
  }
  return undefined
}

function expectationNotMet({ key, action, expects }: Change<MemoryManifest>, found: string): MooringError {
  const { kind, ...rest } = expects
  const expected = [kind, ...Object.entries(rest).map(([name, value]) => `${name} ${value}`)].join(', ')
  return new MooringError({
    code: 'EXPECTATION_NOT_MET',
    kind: 'conflict',
    message: `Expected resource ${key} to be ${expected} before ${action}, found ${found}`,
    hint: 'Somebody else changed it meanwhile: look again and plan anew.',
  })
}

function manifestOf({ key, action, desired }: Change<MemoryManifest>): MemoryManifest {
  if (desired === undefined) throw new TypeError(`Expected the ${action} of ${key} to carry what is desired`)
  return desired.manifest
}

function update(
  world: MemoryWorld,
  manifest: MemoryManifest,
  record: LiveRecord | undefined,
  owner: Owner | undefined,
): Written {
  const same =
    record !== undefined &&
    sameOwner(record.owner, owner) &&
    canonicalJson(record.manifest) === canonicalJson(manifest)
  return same
    ? { outcome: 'unchanged', record }
    : { outcome: 'changed', record: world.write({ manifest, owner }) }
}

function remove(world: MemoryWorld, key: ResourceKey, record: LiveRecord | undefined): Written {
  if (record === undefined) return { outcome: 'unchanged' }
  if (record.deleting === true) return { outcome: 'unchanged', record }
  if (record.manifest.lingers === true)
    return { outcome: 'changed', record: world.write({ ...record, deleting: true }) }
  world.records.delete(key)
  return { outcome: 'changed' }
}

/** Throws where an update would change a field that cannot change. */
export function refuseFixed(
  { action, key, desired }: Change<MemoryManifest>,
  before: MemoryManifest | undefined,
): void {
  if (action !== 'update' || before === undefined || desired === undefined) return
  const [from, to] = [before.immutable, desired.manifest.immutable]
  if (canonicalJson(from ?? null) === canonicalJson(to ?? null)) return
  throw new MooringError({
    code: 'IMMUTABLE_FIELD',
    kind: 'permanent',
    message: `Expected to update ${key}, found that its field immutable cannot change after creation`,
    hint: 'Take the change back, or allow the resource to be deleted and made anew: traits.replace.',
  })
}

/** Only the caller's own mark is taken off. */
function release(world: MemoryWorld, record: LiveRecord | undefined, caller: Owner): Written {
  if (record === undefined) return { outcome: 'unchanged' }
  if (!sameOwner(record.owner, caller)) return { outcome: 'unchanged', record }
  return { outcome: 'changed', record: world.write({ manifest: record.manifest }) }
}

/** Whether two marks, either of which may be missing, name the same owner. */
export function sameOwner(one: Owner | undefined, other: Owner | undefined): boolean {
  return one?.installation === other?.installation && one?.application === other?.application
}
