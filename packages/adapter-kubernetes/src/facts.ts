import { createHash } from 'node:crypto'
import type { TargetFacts } from '@mooring/core'
import type { Discovery } from './discovery/discovery.ts'
import type { ResourceType } from './discovery/resource-type.ts'

/** What a cluster tells renderers about itself. */
export interface ClusterFacts extends TargetFacts {
  /** Such as `v1.36.3`. */
  readonly kubernetesVersion: string
  /** Every group and version that is served, such as `apps/v1`, sorted. */
  readonly apiVersions: readonly string[]
  /** The same with each kind, such as `apps/v1/Deployment`, sorted: charts ask for these too. */
  readonly kinds: readonly string[]
}

/**
 * Tells the facts of a cluster, which change with the server's version and with the groups and versions it serves. They are
 * asked for at every pass, so they are worked out only when discovery has something new.
 */
export function clusterFacts(discovery: Discovery): (signal: AbortSignal) => Promise<ClusterFacts> {
  let known: { readonly types: readonly ResourceType[]; readonly facts: ClusterFacts } | undefined
  return async (signal) => {
    signal.throwIfAborted()
    const [version, types] = await Promise.all([discovery.version({ signal }), discovery.all({ signal })])
    if (known?.types !== types || known.facts.kubernetesVersion !== version)
      known = { types, facts: factsOf(version, types) }
    return known.facts
  }
}

function factsOf(kubernetesVersion: string, types: readonly ResourceType[]): ClusterFacts {
  const versions = types.map(({ group, version }) => (group === '' ? version : `${group}/${version}`))
  const apiVersions = [...new Set(versions)].sort()
  const kinds = [...new Set(types.map(({ kind }, at) => `${versions[at]}/${kind}`))].sort()
  const digest = createHash('sha256')
    .update(JSON.stringify([kubernetesVersion, apiVersions, kinds]))
    .digest('base64url')
  return { digest, kubernetesVersion, apiVersions, kinds }
}
