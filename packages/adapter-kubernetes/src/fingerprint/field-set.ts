import type { FieldsV1 } from '../objects/object.ts'
import { isRecord } from '../objects/record.ts'

/**
 * A set of fields, read from a `fieldsV1`: a tree in which a node stands for a field, an item or an element. Members are
 * `f:<field>`, `k:<key fields of an item, as JSON>`, `v:<element of a set, as JSON>` and `i:<index>` (as in
 * structured-merge-diff, serialize-pe.go).
 */
export interface FieldSet {
  /** The node itself is in the set, not just something in it. */
  readonly owned: boolean
  /** Everything in it belongs to the set: a scalar, or a list or map that is owned as one. */
  readonly whole: boolean
  /** What else of it is in the set, sorted by member. */
  readonly below: ReadonlyMap<string, FieldSet>
}

/**
 * The set that a `fieldsV1` stands for. Whoever may write an object may write that too, so anything is accepted: what is
 * no set counts as a leaf, and so does what is nested deeper than any real object.
 */
export const fieldSetOf = (fields: FieldsV1): FieldSet => nodeOf(fields, 0)

/** The set without any field. */
export const emptySet: FieldSet = { owned: false, whole: false, below: new Map() }

/** A set as text: equal sets give equal text, in whatever order a version of the API server writes members. */
export function textOf({ owned, below }: FieldSet): string {
  let text = owned ? '{.' : '{'
  // Members come with their length: they may hold any character.
  for (const [member, node] of below) text += `${member.length}:${member}${node.whole ? '' : textOf(node)}`
  return `${text}}`
}

const leaf: FieldSet = { owned: true, whole: true, below: new Map() }
const deepest = 250

function nodeOf(fields: unknown, depth: number): FieldSet {
  if (!isRecord(fields) || depth > deepest) return leaf
  const members = Object.keys(fields)
  if (members.length === 0) return depth === 0 ? emptySet : leaf
  const below = new Map<string, FieldSet>()
  let owned = false
  for (const member of members.sort()) {
    if (member === '.') owned = true
    else below.set(member, nodeOf(fields[member], depth + 1))
  }
  return { owned, whole: false, below }
}
