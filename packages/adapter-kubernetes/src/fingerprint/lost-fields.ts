import type { FieldsV1, KubernetesObject } from '../objects/object.ts'
import { entryOf } from './entry-of.ts'
import type { FieldPath } from './field-path.ts'
import { emptySet, type FieldSet, fieldSetOf } from './field-set.ts'
import { type OwnedField, ownersOf } from './owners-of.ts'

/**
 * The fields of `before` that `manager` does not own by apply any more, each with who owns it now. `before` is a
 * `fieldsV1` of ours, from the last apply or from the dry run that would heal; without one nothing is known to be lost.
 * An item that is lost as a whole is one field.
 */
export function lostFields(
  before: FieldsV1 | undefined,
  object: KubernetesObject,
  manager: string,
): readonly OwnedField[] {
  if (before === undefined) return []
  const entry = entryOf(object, manager)
  const now = entry === undefined ? emptySet : fieldSetOf(entry.fieldsV1)
  const lost: FieldPath[] = []
  addLost(fieldSetOf(before), now, [], lost)
  return ownersOf(object, lost)
}

function addLost(before: FieldSet, now: FieldSet | undefined, path: FieldPath, lost: FieldPath[]): void {
  if (now?.whole === true) return
  if (before.owned && now === undefined) {
    lost.push(path)
    return
  }
  // A node that is owned by what is in it, where it was owned as a whole, has another shape in a new schema: not lost.
  if (before.owned && !before.whole && now?.owned === false) lost.push(path)
  for (const [member, node] of before.below) addLost(node, now?.below.get(member), [...path, member], lost)
}
