import { canonicalJson } from '../digest/canonical-json.ts'
import type { Change } from '../model/change.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import { type Difference, type Differences, renewed } from '../pipeline/diff.ts'
import type { Call } from '../ports/call.ts'
import { appliedOf } from './applied-of.ts'
import type { Bodies } from './render-desired.ts'
import type { SurveyInput } from './survey.ts'

/** Where only a preview can tell: no difference renews the record in silence, any other makes it a change. */
export async function settleByPreview<Manifest>(
  found: Differences,
  input: Pick<SurveyInput<Manifest>, 'desired' | 'target'>,
  call: Call,
): Promise<Differences> {
  if (found.verify.length === 0) return found
  const bodies = await input.desired.bodies(call)
  const renew: InventoryEntry[] = [...found.renew]
  const changes: Difference[] = [...found.changes]
  for (const difference of found.verify) {
    // The target is not asked about what the application may not touch; a guard holds it.
    if (input.target.outsideOf(difference) !== undefined) {
      changes.push(difference)
      continue
    }
    const preview = await input.target.preview(changeOf(difference, bodies), call)
    if (canonicalJson(preview.before ?? null) === canonicalJson(preview.after ?? null)) {
      renew.push(settled(difference))
    } else changes.push(difference)
  }
  const unchanged = found.unchanged + found.verify.length - (changes.length - found.changes.length)
  return { ...found, verify: [], renew, changes, unchanged }
}

/** A difference as the target gets it, before it has a place in a plan. */
export const changeOf = <Manifest>(difference: Difference, bodies: Bodies<Manifest>): Change<Manifest> => {
  const { key, label, action, reason, expects } = difference
  const desired = bodies.get(key)
  return { key, label, action, reason, expects, stage: 0, ...(desired && { desired }) }
}

function settled(difference: Difference): InventoryEntry {
  const { key, label, entry, observation, desired } = difference as Required<Difference>
  if (entry?.owned !== undefined) return renewed(entry, observation)
  return { key, label, owned: appliedOf(observation, desired.digest, desired.traits, []) }
}
