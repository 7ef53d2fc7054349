import { entriesOf, isApplyOf } from '../fingerprint/entry-of.ts'
import { emptySet, type FieldSet, fieldSetOf } from '../fingerprint/field-set.ts'
import { own } from '../objects/annotations.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { isRecord } from '../objects/record.ts'
import { type Ignored, ignoredIn } from './ignored.ts'

/** What of an object counts as ours when some of it is ignored. */
export interface Counted {
  readonly object: unknown
  readonly set: FieldSet
  /** Who owns a field decides whether it counts, so another set may be no loss. */
  readonly byManager: boolean
}

/**
 * The object, and the set of our fields in it, without what is ignored. The annotation that says so counts only where it
 * is ours: else whoever may write the object could hide what they do to it.
 */
export function withoutIgnored(object: KubernetesObject, set: FieldSet, manager: string): Counted {
  const isOurs = at(set, ['f:metadata', 'f:annotations', `f:${own.ignore}`]) !== undefined
  const ignored = isOurs ? ignoredIn(object) : undefined
  if (ignored === undefined) return { object, set, byManager: false }
  let counted = set
  let rest: unknown = object
  for (const pointer of ignored.pointers) {
    counted = without(counted, pointer)
    rest = removed(rest, pointer)
  }
  for (const theirs of setsOf(object, manager, ignored)) counted = minus(counted, theirs)
  return { object: rest, set: pruned(counted) ?? emptySet, byManager: ignored.managers.length > 0 }
}

/** What the managers named by a rule own. */
export const setsOf = (
  object: KubernetesObject,
  manager: string,
  { managers }: Ignored,
): readonly FieldSet[] =>
  entriesOf(object)
    .filter((entry) => !isApplyOf(entry, manager) && managers.includes(entry.manager ?? ''))
    .map(({ fieldsV1 }) => fieldSetOf(fieldsV1))

/** The node of a set under these members. */
function at(set: FieldSet, members: readonly string[]): FieldSet | undefined {
  let node: FieldSet | undefined = set
  for (const member of members) node = node?.below.get(member)
  return node
}

/** Members of a set that a segment of a pointer stands for. */
const membersFor = (segment: string, { below }: FieldSet): readonly string[] =>
  segment === '*'
    ? [...below.keys()].filter((member) => !member.startsWith('f:'))
    : [`f:${segment}`, `i:${segment}`].filter((member) => below.has(member))

function without(set: FieldSet, [segment, ...rest]: readonly string[]): FieldSet {
  if (segment === undefined || set.whole) return set
  const below = new Map(set.below)
  for (const member of membersFor(segment, set)) {
    const node = below.get(member) as FieldSet
    if (rest.length === 0) below.delete(member)
    else below.set(member, without(node, rest))
  }
  return { ...set, below }
}

function minus(set: FieldSet, theirs: FieldSet): FieldSet {
  const below = new Map<string, FieldSet>()
  for (const [member, node] of set.below) {
    const other = theirs.below.get(member)
    if (other === undefined) below.set(member, node)
    else if (!other.whole && !node.whole) below.set(member, minus(node, other))
  }
  return { ...set, below }
}

/** The set without members that hold nothing: a map of which only ignored fields were ours is as good as none. */
function pruned(set: FieldSet): FieldSet | undefined {
  if (set.whole) return set
  const below = new Map<string, FieldSet>()
  for (const [member, node] of set.below) {
    const left = pruned(node)
    if (left !== undefined) below.set(member, left)
  }
  return set.owned || below.size > 0 ? { ...set, below } : undefined
}

/** A value without what a pointer names. Shares what it does not change. */
export function removed(value: unknown, [segment, ...rest]: readonly string[]): unknown {
  if (segment === undefined) return undefined
  if (Array.isArray(value)) {
    if (rest.length === 0) return segment === '*' ? [] : value.filter((_, index) => String(index) !== segment)
    return value.map((item, index) =>
      segment === '*' || String(index) === segment ? removed(item, rest) : item,
    )
  }
  if (!isRecord(value) || !Object.hasOwn(value, segment)) return value
  const { [segment]: found, ...others } = value
  return rest.length === 0 ? others : { ...others, [segment]: removed(found, rest) }
}
