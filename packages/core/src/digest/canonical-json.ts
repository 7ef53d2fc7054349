/**
 * JSON with fields in the order of their UTF-16 code units and no spaces: equal values give equal text, whoever built
 * them. Fields that are undefined are left out and `toJSON` is asked (a date is its ISO text), as in `JSON.stringify`.
 * A value that JSON cannot hold throws a TypeError: two maps must not look the same because both look empty.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${Array.from(value, (item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value === 'object') return canonicalObject(value)
  throw notJson(typeof value === 'number' ? String(value) : typeof value)
}

function canonicalObject(value: object): string {
  const { toJSON } = value as { readonly toJSON?: unknown }
  if (typeof toJSON === 'function') return canonicalJson(toJSON.call(value))
  const kind = Object.prototype.toString.call(value)
  if (kind !== '[object Object]') throw notJson(kind)
  return `{${fieldsOf(value as Record<string, unknown>).join(',')}}`
}

function fieldsOf(record: Record<string, unknown>): string[] {
  const fields: string[] = []
  for (const name of Object.keys(record).sort()) {
    const value = record[name]
    if (value !== undefined) fields.push(`${JSON.stringify(name)}:${canonicalJson(value)}`)
  }
  return fields
}

const notJson = (found: string): TypeError => new TypeError(`Expected plain JSON, got ${found}`)
