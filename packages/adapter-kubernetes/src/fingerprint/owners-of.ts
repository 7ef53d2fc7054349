import type { KubernetesObject } from '../objects/object.ts'
import { entriesOf, type FieldsEntry } from './entry-of.ts'
import { describePath, type FieldPath } from './field-path.ts'
import { type FieldSet, fieldSetOf } from './field-set.ts'

/** Who owns a field, as an entry in `managedFields` says. */
export interface FieldOwner {
  readonly manager: string
  /** `Apply` or `Update`. */
  readonly operation: string
  /** Present when it was written through a subresource, such as `scale`. */
  readonly subresource?: string
}

/** A field and who owns it. Nobody does where it was removed, or where it has its default. */
export interface OwnedField {
  readonly path: FieldPath
  readonly owners: readonly FieldOwner[]
}

/** Who owns each of some fields: the field itself, something in it, or the whole that it is a part of. */
export function ownersOf(object: KubernetesObject, paths: readonly FieldPath[]): readonly OwnedField[] {
  const entries = entriesOf(object).map((entry) => ({
    owner: ownerOf(entry),
    set: fieldSetOf(entry.fieldsV1),
  }))
  return paths.map((path) => ({
    path,
    owners: entries.filter(({ set }) => reaches(set, path)).map(({ owner }) => owner),
  }))
}

/** For people: `spec.replicas is owned by kubectl-scale (Update scale)`. */
export function describeOwnedField({ path, owners }: OwnedField): string {
  const field = describePath(path)
  if (owners.length === 0) return `${field} is owned by nobody: it was removed, or set to its default`
  return `${field} is owned by ${owners.map(describeOwner).join(' and ')}`
}

/** For people: `kubectl-scale (Update scale)`. */
const describeOwner = ({ manager, operation, subresource }: FieldOwner): string =>
  `${manager} (${operation}${subresource === undefined ? '' : ` ${subresource}`})`

/** The owner that an entry speaks of. */
export function ownerOf({ manager, operation, subresource }: FieldsEntry): FieldOwner {
  const owner = { manager: nameOf(manager), operation: nameOf(operation) }
  return typeof subresource === 'string' && subresource !== '' ? { ...owner, subresource } : owner
}

/** Names are somebody else's input: bounded, and not trusted to be text. */
const nameOf = (name: unknown): string =>
  typeof name === 'string' && name !== '' ? name.slice(0, 128) : 'an unnamed manager'

function reaches(set: FieldSet, path: FieldPath): boolean {
  let node: FieldSet | undefined = set
  for (const member of path) {
    if (node.whole) return true
    node = node.below.get(member)
    if (node === undefined) return false
  }
  return true
}
