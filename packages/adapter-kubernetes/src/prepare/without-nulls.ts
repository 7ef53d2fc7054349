/**
 * A copy of a value without the fields that are null, at every depth. In server-side apply a null says "I have no opinion",
 * as a missing field does, but a server that keeps it counts each apply as a change. So a null cannot be used to keep a
 * default off a nullable field. In lists a null stays: without it the others would move.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, below]) => below !== null && below !== undefined)
      .map(([field, below]) => [field, withoutNulls(below)]),
  )
}

/** A date or a map is no JSON; it is left for the digest to refuse or to write. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
