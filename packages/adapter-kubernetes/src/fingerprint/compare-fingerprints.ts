import type { Applied, Comparison, Observation } from '@mooring/core'
import { byManager, partsOfFingerprint } from './fingerprint.ts'

/**
 * `Target.compare`: whether a live object still is what was applied, from its fingerprint (see `fingerprintOf`) and the
 * version at which that was recorded. Pure.
 *
 * - Equal fingerprints: `same`, whatever else was written since, also after a restore from a backup.
 * - The set of our fields differs: `drift`. Who changes a value of ours takes the field from our entry, and so it is when
 *   the value is put back. Where only the schema of a list changed, the heal finds nothing to do but to own it again.
 * - Unless fields of some managers are ignored: then one that is theirs now is none of ours, and only a dry run tells.
 * - Only values differ, which no manager can do: a webhook on somebody else's write, a conversion, a new default inside
 *   of a value that we own as a whole. `rebaseline` if nobody wrote since, for then it is the server that reads the same
 *   object in another way; else `verify`.
 * - Our entry speaks of another version of the kind: `verify`, since its paths may be others.
 * - The fingerprint is of another algorithm: `rebaseline` if nobody wrote since, else `verify`.
 * - Our entry is missing (all was taken, or reset, or dropped with a version): `drift`, even where every value is as we
 *   want it. Only an apply brings the entry back, and without it no field that leaves the manifest would ever go.
 * - There never was one (the object is too large for it): the `same` until somebody writes it, and then `verify`.
 */
export function compareFingerprints(recorded: Applied, observed: Observation): Comparison {
  const before = recorded.fingerprint
  const now = observed.fingerprint
  const untouched = recorded.memo !== undefined && recorded.memo === observed.version
  if (before === now) return before !== undefined || untouched ? 'same' : 'verify'
  if (before === undefined) return 'verify'
  if (now === undefined) return 'drift'
  const was = partsOfFingerprint(before)
  const is = partsOfFingerprint(now)
  const isComparable = was !== undefined && is !== undefined
  // A version may come again after a restore from a backup: it never excuses a field that was lost.
  if (!isComparable || was.fields === is.fields) return untouched ? 'rebaseline' : 'verify'
  return was.versions === is.versions && !is.versions.endsWith(byManager) ? 'drift' : 'verify'
}
