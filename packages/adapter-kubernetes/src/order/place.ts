import type { Orderable, ResourceKey } from '@mooring/core'
import { type KeyParts, partsOf } from '../objects/key.ts'

/** A resource with what its key says. */
export interface Place extends KeyParts {
  readonly key: ResourceKey
  /** `group/kind`. */
  readonly type: string
  readonly wave: number
  /** False when it names dependencies itself: then nobody but those who name it waits for it. */
  readonly isFree: boolean
}

/** The place of a resource, from its key. */
export function placeOf({ key, wave = 0, dependsOn = [] }: Orderable): Place {
  const parts = partsOf(key)
  return { ...parts, key, type: `${parts.group}/${parts.kind}`, wave, isFree: dependsOn.length === 0 }
}

/** The kinds that run pods. */
export const workloads: ReadonlySet<string> = new Set([
  '/Pod',
  '/ReplicationController',
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'batch/CronJob',
  'batch/Job',
])
