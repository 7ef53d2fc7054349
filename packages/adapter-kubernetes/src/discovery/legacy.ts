import { groupOf, versionOf } from '../objects/key.ts'
import type { Api } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'
import type { ResourceType } from './resource-type.ts'

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs?: readonly string[]
  }[]
}

interface GroupVersions {
  /** Of `/api`. */
  readonly versions?: readonly string[]
  /** Of `/apis`. */
  readonly groups?: readonly {
    readonly versions: readonly { readonly groupVersion: string }[]
    readonly preferredVersion?: { readonly groupVersion: string }
  }[]
}

/**
 * The types behind an `APIVersions` or `APIGroupList` document: one request for each group version, as Kubernetes before
 * 1.26 needs it, eight at a time. A version that is listed and does not answer is stale.
 */
export async function fetchLegacy(
  api: Api,
  document: object,
  signal: AbortSignal,
): Promise<{ readonly types: readonly ResourceType[]; readonly stale: readonly string[] }> {
  const names = groupVersionsIn(document)
  const lists = new Map<string, readonly ResourceType[] | undefined>()
  const queue = [...names]
  const worker = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      lists.set(name, await fetchVersion(api, name, signal))
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return {
    types: names.flatMap((name) => lists.get(name) ?? []),
    stale: names.filter((name) => lists.get(name) === undefined),
  }
}

/** The preferred version of each group first. */
function groupVersionsIn({ versions = [], groups = [] }: GroupVersions): readonly string[] {
  const named = groups.flatMap((group) => {
    const preferred = group.preferredVersion?.groupVersion
    const own = group.versions.map(({ groupVersion }) => groupVersion)
    return preferred === undefined ? own : [preferred, ...own.filter((name) => name !== preferred)]
  })
  return [...versions, ...named]
}

/** Undefined where the API server behind it does not answer. */
async function fetchVersion(
  api: Api,
  name: string,
  signal: AbortSignal,
): Promise<readonly ResourceType[] | undefined> {
  const path = `${name.includes('/') ? '/apis' : '/api'}/${name}`
  const answer = await api.call({ method: 'GET', path, signal })
  if (answer.ok) return typesInList(name, answer.body as ResourceList)
  // 404: listed, but its definition has just gone or not quite come; client-go takes it for a failed group as well.
  if (answer.status === 503 || answer.status === 404) return undefined
  throw failureError(answer.failure, { verb: 'get', label: path })
}

function typesInList(name: string, { resources = [] }: ResourceList): readonly ResourceType[] {
  const withStatus = new Set(
    resources
      .filter((one) => one.name.endsWith('/status'))
      .map((one) => one.name.slice(0, -'/status'.length)),
  )
  return resources
    .filter((one) => !one.name.includes('/'))
    .map(({ name: plural, kind, namespaced, verbs = [] }) => ({
      group: groupOf(name),
      version: versionOf(name),
      kind,
      plural,
      namespaced,
      verbs,
      hasStatus: withStatus.has(plural),
    }))
}
