import type { Json } from '@mooring/core'
import type { SourceDocument } from './source-document.ts'

/** One object of a document, or what stands where one should be. */
export interface Item {
  readonly value: Json
  readonly line: number
}

/**
 * The objects of a document: itself, or the items of a `List` or of a typed list such as `ConfigMapList`, whose items
 * leave out what the list says. An object of a kind that only ends in `List` is told from one by its name: a list has
 * none.
 */
export function unrollList({ value, line, itemLines }: SourceDocument): readonly Item[] {
  return itemsIn(value, (position) => itemLines[position] ?? line, line)
}

function itemsIn(value: Json, lineOf: (position: number) => number, line: number): readonly Item[] {
  const items = isList(value) ? (value.items ?? []) : undefined
  if (!isList(value) || !Array.isArray(items)) return [{ value, line }]
  return items.flatMap((item: Json, position) => {
    const itemLine = lineOf(position)
    return itemsIn(typed(item, value), () => itemLine, itemLine)
  })
}

/** Whether a value is a JSON object. */
export const isMapping = (value: unknown): value is { readonly [field: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isList(value: Json): value is { readonly [field: string]: Json; readonly kind: string } {
  if (!isMapping(value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return false
  return 'items' in value && !(isMapping(value.metadata) && value.metadata.name !== undefined)
}

function typed(item: Json, list: { readonly [field: string]: Json; readonly kind: string }): Json {
  if (!isMapping(item) || list.kind === 'List') return item
  if (item.apiVersion !== undefined || item.kind !== undefined) return item
  return { apiVersion: list.apiVersion ?? null, kind: list.kind.slice(0, -'List'.length), ...item }
}
