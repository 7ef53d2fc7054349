import type { Api, ApiAnswer } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'
import { type GroupDiscoveryList, typesInAggregated } from './aggregated.ts'
import { fetchLegacy } from './legacy.ts'
import type { ResourceType } from './resource-type.ts'

/** What a server serves, as of one look. */
export interface ServedTypes {
  /** Preferred versions before others. */
  readonly types: readonly ResourceType[]
  /** Group versions whose own API server does not answer. */
  readonly stale: readonly string[]
  /** The parts with their entity tags, to ask whether they have changed. */
  readonly parts: readonly Part[]
}

interface Part {
  readonly path: string
  readonly etag?: string
  readonly types: readonly ResourceType[]
  readonly stale: readonly string[]
}

/** Aggregated discovery: v2 from Kubernetes 1.30, v2beta1 from 1.26 (KEP-3352), what older servers know last. */
const accept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',')

/**
 * Everything that the server serves, in two requests; the same object as before where nothing has changed. A server older
 * than 1.26 is asked for each group version instead.
 */
export async function fetchTypes(
  api: Api,
  before: ServedTypes | undefined,
  signal: AbortSignal,
): Promise<ServedTypes> {
  const parts = await Promise.all(
    ['/api', '/apis'].map((path) =>
      fetchPart(
        api,
        path,
        before?.parts.find((part) => part.path === path),
        signal,
      ),
    ),
  )
  if (before !== undefined && parts.every((part) => before.parts.includes(part))) return before
  return {
    types: parts.flatMap((part) => part.types),
    stale: parts.flatMap((part) => part.stale),
    parts,
  }
}

async function fetchPart(
  api: Api,
  path: string,
  before: Part | undefined,
  signal: AbortSignal,
): Promise<Part> {
  const etag = before?.etag
  const answer: ApiAnswer = await api.call({
    method: 'GET',
    path,
    accept,
    ...(etag === undefined ? {} : { headers: { 'if-none-match': etag } }),
    signal,
  })
  if (!answer.ok) throw failureError(answer.failure, { verb: 'get', label: path })
  if (answer.status === 304 && before !== undefined) return before
  const list = answer.body as GroupDiscoveryList
  if (list.kind !== 'APIGroupDiscoveryList') return { path, ...(await fetchLegacy(api, list, signal)) }
  const tag = answer.headers.etag
  return { path, ...(tag === undefined ? {} : { etag: tag }), ...typesInAggregated(list) }
}
