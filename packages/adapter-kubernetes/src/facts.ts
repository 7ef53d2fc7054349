import { createHash } from 'node:crypto'
import type { TargetFacts } from '@mooring/core'
import type { Discovery } from './discovery/discovery.ts'

/** What a cluster tells renderers about itself. */
export interface ClusterFacts extends TargetFacts {
  /** Such as `v1.36.3`. */
  readonly kubernetesVersion: string
  /** Every group and version that is served, such as `apps/v1`, sorted. */
  readonly apiVersions: readonly string[]
}

/** The facts of a cluster. They change with the server's version and with the groups and versions it serves. */
export async function factsOf(discovery: Discovery, signal: AbortSignal): Promise<ClusterFacts> {
  signal.throwIfAborted()
  const [kubernetesVersion, types] = await Promise.all([
    discovery.version({ signal }),
    discovery.all({ signal }),
  ])
  const versions = new Set(
    types.map(({ group, version }) => (group === '' ? version : `${group}/${version}`)),
  )
  const apiVersions = [...versions].sort()
  const digest = createHash('sha256')
    .update(JSON.stringify([kubernetesVersion, apiVersions]))
    .digest('base64url')
  return { digest, kubernetesVersion, apiVersions }
}
