import type { KubernetesObject } from '../objects/object.ts'
import { entriesOf, entryOf, isApplyOf } from './entry-of.ts'
import { type FieldSet, fieldSetOf } from './field-set.ts'
import { type FieldOwner, ownerOf } from './owners-of.ts'

/**
 * Who else owns a field that `manager` owns by apply. Writers of the status subresource do not count: they write what is
 * no part of any manifest. Empty when nobody shares, and when we own nothing.
 *
 * Right after a create by apply there is nobody, unless the object existed before; but somebody may have made it with
 * other fields only, so an empty answer does not prove that we made it.
 */
export function sharedWith(object: KubernetesObject, manager: string): readonly FieldOwner[] {
  const entry = entryOf(object, manager)
  if (entry === undefined) return []
  const ours = fieldSetOf(entry.fieldsV1)
  return entriesOf(object)
    .filter((other) => !isApplyOf(other, manager) && other.subresource !== 'status')
    .filter((other) => meets(ours, fieldSetOf(other.fieldsV1)))
    .map(ownerOf)
}

/** Whether two sets have a field in common, or one owns the whole of which the other owns a part. */
function meets(a: FieldSet, b: FieldSet): boolean {
  if ((a.owned && b.owned) || a.whole || b.whole) return true
  for (const [member, node] of a.below) {
    const other = b.below.get(member)
    if (other !== undefined && meets(node, other)) return true
  }
  return false
}
