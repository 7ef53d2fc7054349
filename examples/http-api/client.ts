// One request to the API, and where an adapter says by `kind` what a failure means, so that the engine knows what to do.
import { MooringError } from '@mooring/core'

/** What a request may carry. */
interface RequestDetails {
  readonly signal: AbortSignal
  readonly body?: unknown
  /** The revision that a write is about. */
  readonly ifMatch?: number | undefined
}

/** The JSON that comes back; undefined where a GET finds nothing, and from a DELETE. Everything else throws. */
export async function send<Answer>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  { signal, body, ifMatch }: RequestDetails,
): Promise<Answer> {
  const headers = ifMatch === undefined ? {} : { 'if-match': String(ifMatch) }
  const response = await fetch(url, {
    method,
    signal,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (response.status === 204 || (response.status === 404 && method === 'GET')) return undefined as Answer
  if (response.ok) return (await response.json()) as Answer
  throw new MooringError({
    code: 'NOTES_API_REFUSED',
    kind: kindOf(response.status),
    message: `Expected ${method} ${url} to succeed, got status ${response.status}`,
  })
}

function kindOf(status: number): MooringError['kind'] {
  // Somebody was faster: the engine looks again and plans anew.
  if (status === 404 || status === 409 || status === 412) return 'conflict'
  // Not now: the engine tries again, ever more slowly. Any error that is no MooringError counts as this.
  if (status === 429 || status >= 500) return 'transient'
  // Never like this: a person or a commit must act.
  return 'permanent'
}
