import { MooringError } from '@mooring/core'
import { pathOf } from '../discovery/path-of.ts'
import type { ResourceType } from '../discovery/resource-type.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'

/** What to list. */
export interface Listing {
  readonly type: ResourceType
  /** Default: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  /** Only metadata, without the rest of the objects. */
  readonly metadataOnly?: boolean
  readonly signal: AbortSignal
}

/** One page of a collection, at the version of the whole list. */
export interface Page {
  readonly items: readonly KubernetesObject[]
  readonly version: string
}

const pageSize = '500'
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'

/** Lists a collection page by page, consistently: all pages show one version. Items get the type's kind, which lists leave out. */
export async function* pagesOf(api: Api, listing: Listing): AsyncGenerator<Page> {
  const { type, namespace, labelSelector, signal } = listing
  let next: string | undefined
  do {
    const answer = await api.call({
      method: 'GET',
      path: pathOf(type, namespace === undefined ? {} : { namespace }),
      query: {
        limit: pageSize,
        ...(labelSelector !== undefined && { labelSelector }),
        ...(next !== undefined && { continue: next }),
      },
      ...(listing.metadataOnly === true && { accept: metadataOnly }),
      signal,
    })
    const label = `${type.plural}${namespace === undefined ? '' : ` in namespace ${namespace}`}`
    if (!answer.ok) throw failureError(answer.failure, { verb: 'list', label })
    const list = answer.body as ListBody
    // An empty list of metadata comes with `null`.
    const found = list?.items === null ? [] : list?.items
    if (!Array.isArray(found)) throw noList(label)
    const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
    const items = found.map((item) => ({ ...item, apiVersion, kind: type.kind }))
    yield { items, version: list.metadata?.resourceVersion ?? '' }
    next = list.metadata?.continue || undefined
  } while (next !== undefined)
}

interface ListBody {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly KubernetesObject[] | null
}

const noList = (label: string): MooringError =>
  new MooringError({
    code: 'API_SERVER_FAILED',
    kind: 'transient',
    message: `list of ${label}: expected a list, found something else`,
    hint: 'See what stands between this program and the API server, such as a proxy that answers in its place.',
  })
