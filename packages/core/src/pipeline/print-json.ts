import type { Json } from '../model/json.ts'

/**
 * A value as lines for people: fields by name, texts of several lines as they are. For looking at, not for parsing.
 *
 *     mode: "0644"
 *     content:
 *       upstream shop {
 *       }
 */
export function printJson(value: Json): readonly string[] {
  if (typeof value === 'string') return value.includes('\n') ? linesOf(value) : [JSON.stringify(value)]
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)]
  const parts = Array.isArray(value)
    ? value.map((item) => ['-', item] as const)
    : Object.entries(value).map(named)
  if (parts.length === 0) return [JSON.stringify(value)]
  return parts.flatMap(([name, item]) => {
    const lines = printJson(item as Json)
    const isShort = lines.length === 1 && !isBlock(item as Json)
    return isShort ? [`${name} ${lines[0]}`] : [name, ...lines.map((line) => `  ${line}`)]
  })
}

const named = ([name, item]: readonly [string, Json]) => [`${name}:`, item] as const

/** Whether a value is shown below its name even if it has one line only. */
const isBlock = (value: Json): boolean =>
  typeof value === 'string'
    ? value.includes('\n')
    : typeof value === 'object' && value !== null && Object.keys(value).length > 0

const linesOf = (text: string): readonly string[] => text.replace(/\n$/, '').split('\n')
