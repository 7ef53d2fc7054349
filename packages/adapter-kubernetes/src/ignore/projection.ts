import type { FieldSet } from '../fingerprint/field-set.ts'
import { isRecord } from '../objects/record.ts'

/** The part of a live value that a field set owns, as a value that can be applied. Undefined where there is none. */
export function projection(live: unknown, set: FieldSet): unknown {
  if (set.whole) return live
  if (Array.isArray(live)) return itemsOf(live, set)
  if (!isRecord(live)) return undefined
  const fields: Record<string, unknown> = {}
  for (const [member, node] of set.below) {
    const name = member.slice(2)
    if (!member.startsWith('f:') || !Object.hasOwn(live, name)) continue
    const value = projection(live[name], node)
    if (value !== undefined) fields[name] = value
  }
  return set.owned || Object.keys(fields).length > 0 ? fields : undefined
}

function itemsOf(live: readonly unknown[], set: FieldSet): readonly unknown[] {
  return [...set.below].flatMap(([member, node]) => {
    const name = member.slice(2)
    if (member.startsWith('i:')) return live[Number(name)] ?? []
    const key = parsed(name)
    if (member.startsWith('v:')) return live.filter((one) => JSON.stringify(one) === JSON.stringify(key))
    return itemsWith(key, live).map((item) => ({
      ...(isRecord(key) ? key : {}),
      ...((projection(item, node) ?? {}) as object),
    }))
  })
}

/** The items of a keyed list that have these key fields; one that lacks some is taken for the one with the defaults. */
export function itemsWith(key: unknown, list: unknown): readonly unknown[] {
  if (!Array.isArray(list) || !isRecord(key)) return []
  const fields = Object.keys(key)
  return list.filter((item: unknown) => {
    if (!isRecord(item)) return false
    const known = fields.filter((field) => item[field] !== undefined)
    return known.length > 0 && known.every((field) => item[field] === key[field])
  })
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
