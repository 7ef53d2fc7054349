import { entriesOf, entryOf, isApplyOf } from '../fingerprint/entry-of.ts'
import { emptySet, type FieldSet, fieldSetOf } from '../fingerprint/field-set.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { isRecord } from '../objects/record.ts'
import { type Ignored, ignoredIn } from './ignored.ts'
import { itemsWith, projection } from './projection.ts'
import { removed, setsOf } from './without-ignored.ts'

/**
 * A manifest as it is applied to an object that exists: what is ignored stays as it is live. Of an ignored field exactly
 * what we own there now is applied again, with its live value: to leave it out would reset it, and to apply more would
 * take it from somebody. What the managers of a rule own, and with `healing` what another applier owns, is left out.
 */
export function leaveAlone(
  manifest: KubernetesObject,
  live: KubernetesObject,
  manager: string,
  { healing }: { readonly healing: boolean },
): KubernetesObject {
  const ignored = ignoredIn(manifest)
  const entry = entryOf(live, manager)
  const ours = entry === undefined ? emptySet : fieldSetOf(entry.fieldsV1)
  let body: unknown = manifest
  for (const theirs of leftTo(live, manager, ignored, healing)) body = yielded(body, theirs, ours)
  for (const pointer of ignored?.pointers ?? []) body = asLive(body, live, ours, pointer)
  return body as KubernetesObject
}

/** Whether anything has to be looked up before an apply. */
export const mayLeaveAlone = (manifest: KubernetesObject, healing: boolean): boolean =>
  healing || ignoredIn(manifest) !== undefined

/** A person's `kubectl apply --server-side` is an edit like any other, and healed. */
const isPerson = (manager: string | undefined): boolean => manager === undefined || /^kubectl\b/.test(manager)

function leftTo(
  live: KubernetesObject,
  manager: string,
  ignored: Ignored | undefined,
  healing: boolean,
): readonly FieldSet[] {
  const named = ignored === undefined ? [] : setsOf(live, manager, ignored)
  if (!healing) return named
  const appliers = entriesOf(live).filter(
    (entry) =>
      entry.operation === 'Apply' &&
      (entry.subresource ?? '') === '' &&
      !isApplyOf(entry, manager) &&
      !isPerson(entry.manager),
  )
  return [...named, ...appliers.map(({ fieldsV1 }) => fieldSetOf(fieldsV1))]
}

/** A value without the fields that are theirs and not ours. Keys of list items stay: they say which item it is. */
function yielded(
  value: unknown,
  theirs: FieldSet,
  ours: FieldSet | undefined,
  keys: readonly string[] = [],
): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => {
      for (const [member, node] of theirs.below) {
        const key = member.startsWith('k:') ? parsed(member.slice(2)) : undefined
        if (isRecord(key) && itemsWith(key, [item]).length > 0)
          return yielded(item, node, ours?.below.get(member), Object.keys(key))
      }
      return item
    })
  }
  if (!isRecord(value)) return value
  const rest: Record<string, unknown> = { ...value }
  for (const [member, node] of theirs.below) {
    const field = member.slice(2)
    if (!member.startsWith('f:') || !Object.hasOwn(rest, field) || keys.includes(field)) continue
    const known = ours?.below.get(member)
    if (known?.whole === true) continue
    if (node.whole) {
      if (known === undefined) delete rest[field]
    } else rest[field] = yielded(rest[field], node, known)
  }
  return rest
}

/** A value in which what a pointer names is what we own of it, as it is live. */
function asLive(
  value: unknown,
  live: unknown,
  ours: FieldSet | undefined,
  [segment, ...rest]: readonly string[],
): unknown {
  if (segment === undefined) return ours === undefined ? undefined : projection(live, ours)
  if (ours?.whole === true) return wholeAsLive(value, live, [segment, ...rest])
  if (Array.isArray(value)) {
    const items = value as readonly unknown[]
    return items.map((item, index) => {
      if (segment !== '*' && String(index) !== segment) return item
      const [member, node] = memberOf(item, ours)
      const found = member === undefined ? undefined : itemsWith(parsed(member.slice(2)), live)[0]
      // Of an item that is not ours yet, everything comes from the manifest.
      return found === undefined ? item : asLive(item, found, node, rest)
    })
  }
  const field = isRecord(live) && Object.hasOwn(live, segment) ? live[segment] : undefined
  const node = ours?.below.get(`f:${segment}`)
  const has = isRecord(value) && Object.hasOwn(value, segment)
  const made = asLive(has ? value[segment] : undefined, field, node, rest)
  if (made === undefined) return has ? removed(value, [segment]) : value
  return { ...(isRecord(value) ? value : {}), [segment]: made }
}

/** Within something that is owned as one: the live value of what the pointer names, in place of the manifest's. */
function wholeAsLive(value: unknown, live: unknown, [segment, ...rest]: readonly string[]): unknown {
  if (segment === undefined) return live
  if (Array.isArray(value) && Array.isArray(live)) {
    const items = live as readonly unknown[]
    return value.map((item: unknown, index) =>
      (segment === '*' || String(index) === segment) && index < items.length
        ? wholeAsLive(item, items[index], rest)
        : item,
    )
  }
  if (!isRecord(value) || !isRecord(live)) return value
  if (!Object.hasOwn(live, segment)) return removed(value, [segment])
  return { ...value, [segment]: wholeAsLive(value[segment], live[segment], rest) }
}

function memberOf(item: unknown, ours: FieldSet | undefined): readonly [string?, FieldSet?] {
  for (const [member, node] of ours?.below ?? [])
    if (member.startsWith('k:') && itemsWith(parsed(member.slice(2)), [item]).length > 0)
      return [member, node]
  return []
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
