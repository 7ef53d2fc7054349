import { readFile } from 'node:fs/promises'

/** One request the API server received. */
export interface SeenRequest {
  readonly user: string
  readonly userAgent: string
  /** Kubernetes' verb (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`); for a path
   * that is no resource the HTTP method in lower case. */
  readonly verb: string
  /** `deployments.apps`, `pods/status`, or for what is no resource its path, such as `/apis`. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  /** Path with query. */
  readonly uri: string
}

/** Which requests to look at. Default: all but those of the control plane's own processes, which are never recorded. */
export interface RequestFilter {
  /** The name of a user. */
  readonly user?: string
  /** Only those since this many requests had been seen: the length of an earlier answer for the same user. */
  readonly after?: number
}

/**
 * What the API server writes down: that a request was received, before it is worked on. So whoever has an answer finds
 * the request in the log, and a watch counts when it begins.
 */
export const auditPolicy: string = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['ResponseStarted', 'ResponseComplete', 'Panic'],
  rules: [
    {
      level: 'None',
      users: ['system:apiserver', 'system:anonymous', 'control-plane'],
    },
    { level: 'Metadata' },
  ],
})

/** The requests in an audit log, oldest first. */
export async function requestsIn(file: string, { user, after = 0 }: RequestFilter): Promise<SeenRequest[]> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  const seen = lines.filter((line) => line !== '').map((line) => requestOf(JSON.parse(line) as AuditEvent))
  return seen.filter((request) => user === undefined || request.user === user).slice(after)
}

/** How many of each: `{ 'list deployments.apps': 2 }`. */
export function countsOf(requests: readonly SeenRequest[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { verb, resource } of requests) {
    const key = `${verb} ${resource}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly userAgent?: string
  readonly user?: { readonly username?: string }
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly apiGroup?: string
    readonly namespace?: string
    readonly name?: string
  }
}

function requestOf({ verb, requestURI, userAgent = '', user, objectRef }: AuditEvent): SeenRequest {
  return {
    user: user?.username ?? '',
    userAgent,
    verb,
    resource: objectRef === undefined ? (requestURI.split('?')[0] ?? '') : resourceOf(objectRef),
    namespace: objectRef?.namespace ?? '',
    name: objectRef?.name ?? '',
    uri: requestURI,
  }
}

const resourceOf = ({ resource = '', subresource, apiGroup }: NonNullable<AuditEvent['objectRef']>): string =>
  [apiGroup === undefined ? resource : `${resource}.${apiGroup}`, subresource].filter(Boolean).join('/')
