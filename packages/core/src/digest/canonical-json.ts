/**
 * JSON with fields in code point order and no spaces: equal values give equal text, whoever built them.
 * Fields that are undefined are left out, as in `JSON.stringify`. A value that JSON cannot hold throws a TypeError.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value))
    return `[${value.map((item) => (item === undefined ? 'null' : canonicalJson(item))).join(',')}]`
  if (typeof value === 'object') return `{${fieldsOf(value as Record<string, unknown>).join(',')}}`
  throw new TypeError(`Expected plain JSON, got ${typeof value === 'number' ? value : typeof value}`)
}

function fieldsOf(record: Record<string, unknown>): string[] {
  const fields: string[] = []
  for (const name of Object.keys(record).sort()) {
    const value = record[name]
    if (value !== undefined) fields.push(`${JSON.stringify(name)}:${canonicalJson(value)}`)
  }
  return fields
}
