import { hash } from 'node:crypto'
import type { Call, Observation } from '@mooring/core'
import { withoutIgnored } from '../ignore/without-ignored.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { entryOf } from './entry-of.ts'
import { fieldSetOf, textOf } from './field-set.ts'
import { valuesText } from './values-text.ts'

/** What an observation says of our ownership: to be spread into it. */
export type Fingerprinted = Pick<Observation, 'fingerprint' | 'memo'>

/**
 * The fingerprint of what `manager` owns in a live object, and as memo the resourceVersion it was taken at. Without an
 * entry of ours in `managedFields` there is no fingerprint. Never throws, whatever the object holds.
 *
 * What is ignored by the annotation `mooring.dev/ignore`, where that is ours, does not count.
 *
 * `k1.<F>.<P>.<apiVersion>`: the version of this algorithm, a digest of the set of fields we own, a digest of their
 * values, and the version of the kind that the set speaks about. `digest` is keyed, so it may cover a Secret.
 */
export function fingerprintOf(
  object: KubernetesObject,
  manager: string,
  digest: Call['digest'],
): Fingerprinted {
  const { resourceVersion } = object.metadata
  const memo = typeof resourceVersion === 'string' ? { memo: resourceVersion } : {}
  const entry = entryOf(object, manager)
  if (entry === undefined) return memo
  const counted = withoutIgnored(object, fieldSetOf(entry.fieldsV1), manager)
  const fields = shortDigest(textOf(counted.set), digest)
  const values = shortDigest(valuesText(counted.object, counted.set), digest)
  const versions = `${versionsOf(entry.apiVersion, object)}${counted.byManager ? byManager : ''}`
  // Joined, and not put together: a string made of pieces would keep them alive, at five times the size.
  const fingerprint = [algorithm, fields, values, versions].join('.')
  return { fingerprint, ...memo }
}

/** Ends a fingerprint in which the fields of some managers do not count: another set of fields may be no loss. */
export const byManager = '+managers'

/** What is compared between two fingerprints. */
export interface FingerprintParts {
  readonly fields: string
  readonly values: string
  /** Version of the kind in our entry; followed by `@` and the object's own where they differ. */
  readonly versions: string
}

/** The parts of a fingerprint of this algorithm; undefined for any other text. */
export function partsOfFingerprint(fingerprint: string): FingerprintParts | undefined {
  const [name, fields, values, ...versions] = fingerprint.split('.')
  if (name !== algorithm || fields === undefined || values === undefined) return undefined
  return { fields, values, versions: versions.join('.') }
}

/** Changes with everything that gives the same object another fingerprint: a new name is a new baseline, not drift. */
const algorithm = 'k1'

/**
 * 132 bits: no two meet by chance, and an inventory of 100,000 stays small. A plain hash comes first, because it is ten
 * times as fast as the keyed digest, and every event of a watch ends here.
 */
const shortDigest = (text: string, digest: Call['digest']): string =>
  digest(hash('sha256', text, 'base64url')).slice(0, 22)

const versionsOf = (entryVersion: unknown, { apiVersion }: KubernetesObject): string =>
  entryVersion === apiVersion
    ? apiVersion
    : `${typeof entryVersion === 'string' ? entryVersion : ''}@${apiVersion}`
