import type { Json } from '../../model/json.ts'
import type { Located, Traits } from '../../model/resource.ts'

/**
 * One resource of a memory target. Its `id` is its key, and any other field is content. These mean something:
 * - `traits`: what the resource asks for, as {@link Traits}.
 * - `secret`: anything; previews mask it.
 * - `immutable`: anything; an update that changes it is `IMMUTABLE_FIELD`.
 * - `lingers`: true; a delete leaves it on its way out until `live.remove`, as a finalizer does.
 * - `waitsFor`: the id of another live resource, without which this one cannot be placed yet.
 *
 * A slash in an id makes a hierarchy: `shop/web` comes after `shop`, if both are there.
 */
export interface MemoryManifest {
  readonly id: string
  readonly [field: string]: Json
}

/** What is wrong with a manifest, or undefined. */
export function faultOf({ manifest }: Located<MemoryManifest>): string | undefined {
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return 'is no object'
  if (typeof manifest.id !== 'string' || manifest.id === '') return 'has no id'
  if (manifest.waitsFor !== undefined && typeof manifest.waitsFor !== 'string') return 'waits for no id'
  const wrong = Object.entries(manifest.traits ?? {}).filter(([name, value]) => !traitRules[name]?.(value))
  if (wrong.length === 0) return undefined
  return `has an unknown or malformed trait: ${wrong.map(([name]) => name).join(', ')}`
}

/** The traits of a manifest; those of an empty object when it asks for nothing. */
export function traitsOf(manifest: MemoryManifest): Traits {
  return manifest.traits === undefined ? noTraits : (manifest.traits as Traits)
}

const noTraits: Traits = Object.freeze({})

const traitRules: Readonly<Record<string, (value: Json) => boolean>> = {
  wave: Number.isFinite,
  dependsOn: (value) => Array.isArray(value) && value.every((key) => typeof key === 'string'),
  prune: (value) => value === 'never',
  reconcile: (value) => value === 'never',
  replace: (value) => value === 'allowed',
  adopt: (value) => value === 'allowed',
  cascades: (value) => typeof value === 'boolean',
  hook: (value) =>
    typeof value === 'object' && value !== null && 'phases' in value && Array.isArray(value.phases),
}
