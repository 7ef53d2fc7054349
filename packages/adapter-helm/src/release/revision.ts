/** One revision of a release, as the metadata of Helm's Secret tells it. */
export interface Revision {
  /** Name of the Secret. */
  readonly secret: string
  readonly uid: string
  readonly resourceVersion: string
  readonly revision: number
  readonly status: string
  /** Milliseconds since the epoch, by the clock of whoever ran Helm. */
  readonly modifiedAt: number
  readonly labels: Readonly<Record<string, string>>
}

/** A revision from a Secret's metadata; undefined for a Secret that is none of Helm's. */
export function revisionIn(metadata: {
  readonly name?: unknown
  readonly uid?: unknown
  readonly resourceVersion?: unknown
  readonly labels?: Readonly<Record<string, string>>
}): Revision | undefined {
  const { name, uid, resourceVersion, labels = {} } = metadata
  const revision = Number(labels.version)
  if (typeof name !== 'string' || labels.owner !== 'helm' || !Number.isInteger(revision)) return undefined
  return {
    secret: name,
    uid: String(uid),
    resourceVersion: String(resourceVersion),
    revision,
    status: labels.status ?? 'unknown',
    modifiedAt: Number(labels.modifiedAt ?? labels.createdAt ?? 0) * 1000,
    labels,
  }
}

/** Whether Helm refuses to touch the release because it takes an operation to be under way. */
export const isPending = ({ status }: Revision): boolean => status.startsWith('pending-')
