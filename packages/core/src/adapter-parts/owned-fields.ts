/**
 * The part of a live value that a manifest sets: its fields, at every depth. Lists belong to the manifest as a whole.
 * Fields that are missing stay missing, so the result equals the manifest exactly when the live value is as desired.
 */
export function ownedFields(manifest: unknown, live: unknown): unknown {
  if (Array.isArray(manifest) && Array.isArray(live)) {
    return live.map((item, at) => (at < manifest.length ? ownedFields(manifest[at], item) : item))
  }
  if (!isRecord(manifest) || !isRecord(live)) return live
  const set = Object.keys(manifest).filter(
    (field) => manifest[field] !== undefined && Object.hasOwn(live, field),
  )
  return Object.fromEntries(set.map((field) => [field, ownedFields(manifest[field], live[field])]))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
