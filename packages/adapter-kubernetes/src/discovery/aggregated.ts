import type { ResourceType } from './resource-type.ts'

/** `APIGroupDiscoveryList` of apidiscovery.k8s.io, as far as it is read (k8s.io/api/apidiscovery/v2/types.go). */
export interface GroupDiscoveryList {
  readonly kind?: string
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly VersionDiscovery[]
  }[]
}

interface VersionDiscovery {
  readonly version: string
  readonly freshness?: string
  readonly resources?: readonly {
    readonly resource: string
    readonly responseKind?: { readonly kind?: string }
    readonly scope?: string
    readonly verbs?: readonly string[]
    readonly subresources?: readonly { readonly subresource: string }[]
  }[]
}

/** The types of an aggregated discovery document, whose versions stand in the server's order of preference. */
export function typesInAggregated(list: GroupDiscoveryList): {
  readonly types: readonly ResourceType[]
  readonly stale: readonly string[]
} {
  const versions = (list.items ?? []).flatMap(({ metadata, versions: own = [] }) =>
    own.map((version) => ({ group: metadata?.name ?? '', ...version })),
  )
  return {
    types: versions.flatMap(typesInVersion),
    stale: versions
      .filter(({ freshness }) => freshness === 'Stale')
      .map(({ group, version }) => (group === '' ? version : `${group}/${version}`)),
  }
}

function typesInVersion({
  group,
  version,
  resources = [],
}: VersionDiscovery & { readonly group: string }): readonly ResourceType[] {
  return resources.flatMap(({ resource, responseKind, scope, verbs = [], subresources = [] }) =>
    // One that exists only as the parent of subresources has no kind and no verbs.
    responseKind?.kind === undefined || responseKind.kind === '' || verbs.length === 0
      ? []
      : [
          {
            group,
            version,
            kind: responseKind.kind,
            plural: resource,
            namespaced: scope === 'Namespaced',
            verbs,
            hasStatus: subresources.some(({ subresource }) => subresource === 'status'),
          },
        ],
  )
}
