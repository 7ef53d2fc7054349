import { ownedFields } from '../adapter-parts/owned-fields.ts'
import { canonicalJson } from '../digest/canonical-json.ts'
import type { Change } from '../model/change.ts'
import type { Json } from '../model/json.ts'
import type { Preview } from '../ports/target.ts'
import { isAsDesired, leavesOut } from './as-desired.ts'
import type { CrudTargetOptions } from './crud-target.ts'

/**
 * Before and after of a change, in the fields that the manifest sets or the one applied before did: what the system adds
 * is nothing we remove.
 */
export function previewChange<Manifest, Live extends Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
  { action, desired }: Change<Manifest>,
  applied: Manifest | undefined,
  live: Live | undefined,
): Preview {
  const show = (resource: Manifest): Json => options.mask?.(resource) ?? (resource as Json)
  if (desired === undefined) {
    if (live === undefined) return {}
    return action === 'release' ? { before: show(live), after: show(live) } : { before: show(live) }
  }
  const after = show(desired.manifest)
  if (live === undefined) return { after }
  const shown = show(live)
  const fields = applied === undefined ? after : { ...(show(applied) as object), ...(after as object) }
  const before = ownedFields(fields, shown) as Json
  if (applied !== undefined && leavesOut(show(applied), after, shown)) return { before, after }
  if (isAsDesired(options, desired.manifest, live)) return { before: after, after }
  return { before, after: canonicalJson(before) === canonicalJson(after) ? withMaskedChange(after) : after }
}

/** A mask hides what the values are, not that they differ: the engine takes equal sides for nothing to do. */
const withMaskedChange = (after: Json): Json => ({ '(masked)': 'changes', ...(after as object) })
