import { canonicalJson } from '@mooring/core'
import { isRecord } from '../objects/record.ts'
import type { FieldSet } from './field-set.ts'

/**
 * The values in an object that a field set speaks about, as text. For equal sets, equal text means equal values, whatever
 * else the object holds.
 *
 * - An owned field counts with its whole value, or as absent; lists in it in their order.
 * - Items of a keyed list are found by their key, so their order does not count. Of several with one key, which an API
 *   server lets a live object have, all count, in their order.
 * - An item, a map or an element of a set of which nothing else is owned counts as there or not.
 */
export function valuesText(object: unknown, fields: FieldSet): string {
  const parts: string[] = []
  addNode(object, fields, parts)
  // Every part ends by itself (JSON, or one of the marks below), so the text cannot be read in two ways.
  return parts.join()
}

type Fields = Readonly<Record<string, unknown>>

const absent = '-'
const present = '+'

function addNode(value: unknown, { owned, whole, below }: FieldSet, parts: string[]): void {
  if (whole) {
    parts.push(value === undefined ? absent : jsonOf(value))
    return
  }
  if (owned) parts.push(value === undefined ? absent : present)
  for (const [member, node] of below) addMember(value, member, node, parts)
}

function addMember(value: unknown, member: string, node: FieldSet, parts: string[]): void {
  const name = member.slice(2)
  switch (member.slice(0, 2)) {
    case 'f:':
      return addNode(isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined, node, parts)
    case 'k:':
      return addAll(itemsWith(parsed(name), value), node, parts)
    case 'v:':
      return addAll(elementsLike(parsed(name), value), node, parts)
    case 'i:':
      return addNode(
        Array.isArray(value) ? (value as readonly unknown[])[Number(name)] : undefined,
        node,
        parts,
      )
  }
}

function addAll(values: readonly unknown[], node: FieldSet, parts: string[]): void {
  parts.push(`${values.length}:`)
  for (const value of values) addNode(value, node, parts)
}

/**
 * The items of a keyed list that have these key fields. A key in a field set is complete, defaults included; an item that
 * lacks one of its fields is taken for the one that has the default.
 */
function itemsWith(key: unknown, list: unknown): readonly unknown[] {
  if (!Array.isArray(list) || !isRecord(key)) return []
  const fields = Object.keys(key)
  return list.filter((item) => isRecord(item) && hasKey(item, key, fields))
}

function hasKey(item: Fields, key: Fields, fields: readonly string[]): boolean {
  let found = 0
  for (const field of fields) {
    if (item[field] === undefined) continue
    if (!isEqual(item[field], key[field])) return false
    found++
  }
  return found > 0
}

const elementsLike = (element: unknown, list: unknown): readonly unknown[] =>
  Array.isArray(list) ? list.filter((one) => isEqual(one, element)) : []

const isEqual = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && jsonOf(a) === jsonOf(b))

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Most leaves are scalars, for which JSON has one form. */
function jsonOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? absent
  try {
    return canonicalJson(value)
  } catch {
    // Nested deeper than the stack: such a value is not looked into.
    return present
  }
}
