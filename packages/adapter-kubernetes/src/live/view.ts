import type { Call, Observation } from '@mooring/core'
import { fingerprintOf } from '../fingerprint/fingerprint.ts'
import { healthOf } from '../health/health.ts'
import { keyOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { installationLabel, installationLabelName, ownerIn } from '../objects/owner-mark.ts'
import { liveTraitsOf } from '../objects/traits.ts'

/**
 * How one installation looks at live objects: what it selects, whose fields it counts as its own, and the key of its
 * digests.
 */
export interface View {
  /** Equal for calls of one installation with one digest key. */
  readonly id: string
  readonly selector: string
  /** Whether an object with these labels is selected. */
  readonly selects: (labels: Readonly<Record<string, string>> | undefined) => boolean
  readonly manager: string
  readonly digest: Call['digest']
}

/** The field manager of an installation. One for all of its applications, so that a move between them takes no field away. */
export const managerOf = (installation: string): string => `mooring-${installationLabel(installation)}`

/** The view of whoever calls. */
export function viewOf({ owner, digest }: Pick<Call, 'owner' | 'digest'>): View {
  const label = installationLabel(owner.installation)
  return {
    // The digest of nothing tells one digest key from another.
    id: `${label} ${digest('')}`,
    selector: `${installationLabelName}=${label}`,
    selects: (labels) => labels?.[installationLabelName] === label,
    manager: managerOf(owner.installation),
    digest,
  }
}

/** What the core may know of a live object: a few hundred bytes. The object itself is not kept. */
export function observationOf(object: KubernetesObject, view: View): Observation {
  const { metadata } = object
  const owner = ownerIn(object)
  const traits = liveTraitsOf(object)
  return {
    key: keyOf(object),
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    ...(metadata.resourceVersion !== undefined && { version: metadata.resourceVersion }),
    ...fingerprintOf(object, view.manager, view.digest),
    health: healthOf(object),
    ...(owner && { owner }),
    ...(traits && { traits }),
    ...(metadata.deletionTimestamp !== undefined && { deleting: true }),
  }
}
