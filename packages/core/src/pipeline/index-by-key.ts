import { MooringError } from '../errors/mooring-error.ts'
import type { Desired, Origin, ResourceKey } from '../model/resource.ts'

/** Desired resources by key. Two manifests for one resource are one error that lists every such pair and its places. */
export function indexByKey<Manifest>(
  desired: readonly Desired<Manifest>[],
): ReadonlyMap<ResourceKey, Desired<Manifest>> {
  const index = new Map<ResourceKey, Desired<Manifest>>()
  const twins: string[] = []
  for (const resource of desired) {
    const first = index.get(resource.key)
    if (first === undefined) index.set(resource.key, resource)
    else twins.push(`${resource.label} (${placeOf(first.origin)} and ${placeOf(resource.origin)})`)
  }
  if (twins.length > 0) {
    throw new MooringError({
      code: 'DUPLICATE_RESOURCE',
      kind: 'permanent',
      message: `Expected one manifest for each resource, found several for ${twins.join(', ')}`,
      hint: 'Remove or rename all but one of each. Nothing was applied.',
    })
  }
  return index
}

/** Where a manifest stands, for people: `apps/web.yaml:12`, `apps/all.yaml:40 (document 3)`. */
export function placeOf(origin: Origin | undefined): string {
  if (origin === undefined) return 'a manifest without a file'
  // The first document goes without saying: most files have no other.
  const document = (origin.document ?? 1) === 1 ? '' : ` (document ${origin.document})`
  return `${origin.file}${origin.line === undefined ? '' : `:${origin.line}`}${document}`
}
