import { ownedFields } from '../adapter-parts/owned-fields.ts'
import { canonicalJson } from '../digest/canonical-json.ts'
import type { Call } from '../ports/call.ts'
import type { CrudTargetOptions } from './crud-target.ts'

/** Whether a live resource is what the manifest asks for. */
export function isAsDesired<Manifest, Live extends Manifest>(
  { compare }: CrudTargetOptions<Manifest, Live>,
  manifest: Manifest,
  live: Live,
): boolean {
  if (compare !== undefined) return compare(manifest, live)
  return canonicalJson(ownedFields(manifest, live)) === canonicalJson(manifest)
}

/** One digest over what we own: the fields the manifest sets, or the caller's own word for "as desired". */
export function fingerprintOf<Manifest, Live extends Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
  manifest: Manifest | undefined,
  live: Live,
  call: Call,
): string {
  if (manifest === undefined) return call.digest(canonicalJson(live))
  if (options.compare === undefined) return call.digest(canonicalJson(ownedFields(manifest, live)))
  return call.digest(canonicalJson(isAsDesired(options, manifest, live) ? { asDesired: manifest } : live))
}

/** Whether a live resource still has something that the manifest before set and this one does not. */
export function leavesOut(before: unknown, manifest: unknown, live: unknown): boolean {
  const both = { ...(before as object), ...(manifest as object) }
  return canonicalJson(ownedFields(both, live)) !== canonicalJson(ownedFields(manifest, live))
}
