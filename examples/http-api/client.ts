// One request to the API. Where an adapter says by `kind` what a failure means, so that the engine knows what to do.
import { MooringError } from '@mooring/core'

/** What a request may carry. */
interface RequestDetails {
  readonly signal: AbortSignal
  readonly body?: unknown
  /** The revision the write is about. */
  readonly ifMatch?: string | number | undefined
}

/** The JSON that came back, or undefined where there is nothing (404, 204). Everything else throws. */
export async function send<Answer>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  { signal, body, ifMatch }: RequestDetails,
): Promise<Answer | undefined> {
  const headers = ifMatch === undefined ? {} : { 'if-match': String(ifMatch) }
  const response = await fetch(url, { method, signal, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
  if (response.status === 404 || response.status === 204) return undefined
  if (response.ok) return (await response.json()) as Answer
  throw new MooringError({
    code: 'NOTES_API_REFUSED',
    kind: kindOf(response.status),
    message: `Expected ${method} ${url} to succeed, got status ${response.status}`,
  })
}

function kindOf(status: number): MooringError['kind'] {
  // Somebody was faster: the engine looks again and plans anew.
  if (status === 409 || status === 412) return 'conflict'
  // Not now: the engine tries again, ever more slowly. Whatever is not a MooringError counts as this.
  if (status === 429 || status >= 500) return 'transient'
  // Never like this: a person or a commit must act.
  return 'permanent'
}
