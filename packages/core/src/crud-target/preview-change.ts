import { ownedFields } from '../adapter-parts/owned-fields.ts'
import { canonicalJson } from '../digest/canonical-json.ts'
import type { Change } from '../model/change.ts'
import type { Json } from '../model/json.ts'
import type { Preview } from '../ports/target.ts'
import { isAsDesired } from './as-desired.ts'
import type { CrudTargetOptions } from './crud-target.ts'

/** Before and after of a change, in the fields the manifest sets: what the system adds is nothing we remove. */
export function previewChange<Manifest, Live extends Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
  { action, desired }: Change<Manifest>,
  live: Live | undefined,
): Preview {
  const show = (resource: Manifest): Json => options.mask?.(resource) ?? (resource as Json)
  if (desired === undefined) {
    if (live === undefined) return {}
    return action === 'release' ? { before: show(live), after: show(live) } : { before: show(live) }
  }
  const after = show(desired.manifest)
  if (live === undefined) return { after }
  if (isAsDesired(options, desired.manifest, live)) return { before: after, after }
  const before = ownedFields(after, show(live)) as Json
  return { before, after: canonicalJson(before) === canonicalJson(after) ? withMaskedChange(after) : after }
}

/** A mask hides what the values are, not that they differ: the engine takes equal sides for nothing to do. */
const withMaskedChange = (after: Json): Json => ({ '(masked)': 'changes', ...(after as object) })
