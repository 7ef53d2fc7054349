import type { Dispatcher } from 'undici'
import type { Credentials } from '../connection/credentials.ts'
import type { ApiRequest } from './api.ts'
import { jsonText } from './json-text.ts'

/** The beginning of one answer, its body unread. */
export type Exchange = Dispatcher.ResponseData

/** Sends one request and waits for the headers of its answer. */
export function exchange(
  agent: Dispatcher,
  credentials: Credentials,
  request: ApiRequest,
  /** Until the headers, and between two parts of the body. Default: the agent's. */
  silentForMs?: { readonly headers: number; readonly body: number },
): Promise<Exchange> {
  const { method, body, contentType = 'application/json', accept = 'application/json', signal } = request
  const url = new URL(credentials.serverUrl)
  return agent.request({
    origin: url.origin,
    // As text: a URL would resolve dots in a path, and escape it once more.
    path: `${url.pathname === '/' ? '' : url.pathname}${request.path}${queryOf(request)}`,
    method,
    headers: headersOf({
      accept,
      'user-agent': 'mooring',
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...request.headers,
      ...credentials.headers,
    }),
    ...(body === undefined ? {} : { body: jsonText(body) }),
    signal,
    ...(silentForMs && { headersTimeout: silentForMs.headers, bodyTimeout: silentForMs.body }),
  })
}

const queryOf = ({ query }: ApiRequest): string => {
  if (query === undefined) return ''
  const text = new URLSearchParams(query).toString()
  return text === '' ? '' : `?${text}`
}

const headersOf = (
  headers: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )

/** The headers of an answer as a record of texts. */
export const headersIn = ({ headers }: Pick<Exchange, 'headers'>): Readonly<Record<string, string>> => {
  const read: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) read[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return read
}
