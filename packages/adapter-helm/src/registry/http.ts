import type { Abortable, Clock } from '@mooring/core'
import type { Agent, Dispatcher } from 'undici'
import type { RegistryAccess, RegistryTls } from './access.ts'
import { accessDenied, chartTooLarge, refusedUrl, unreachable } from './registry-errors.ts'

/** What is asked of a server. */
export interface RegistryRequest {
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of what the access gives for the URL; dropped by a redirect to another origin. */
  readonly authorization?: string
  readonly mostBytes: number
  /** Answers other than 200 that are for the caller. */
  readonly accept?: readonly number[]
}

/** What a server answered. */
export interface RegistryAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** Where the answer came from, redirects followed. */
  readonly url: URL
}

/** GET over HTTP, with limits on everything a server could go on with for ever. */
export interface RegistryHttp {
  /** Throws `CHART_ACCESS_DENIED`, `CHART_UNREACHABLE` and `CHART_TOO_LARGE`; 404 is for the caller. */
  readonly get: (request: RegistryRequest, options: Abortable) => Promise<RegistryAnswer>
  /** What is sent to a URL to say who we are, if anything. */
  readonly authorization: (url: URL) => Promise<string | undefined>
}

/** Parts of {@link RegistryHttp}. */
export interface HttpParts {
  readonly access: RegistryAccess
  readonly clock: Clock
  readonly timeoutMs: number
}

const mostRedirects = 5

/** A client. Connections are kept for a few seconds by undici, and hold no process open. */
export function registryHttp({ access, clock, timeoutMs }: HttpParts): RegistryHttp {
  const agents = new Map<RegistryTls | undefined, Agent>()
  const agentFor = async (tls: RegistryTls | undefined): Promise<Agent> => {
    const { Agent: UndiciAgent } = await import('undici')
    const { ca, cert, key } = tls ?? {}
    const connect = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    }
    const agent = agents.get(tls) ?? new UndiciAgent({ connect, connections: 4, maxHeaderSize: 65_536 })
    agents.set(tls, agent)
    return agent
  }
  const once = async (request: RegistryRequest, signal: AbortSignal): Promise<RegistryAnswer> => {
    const { url, mostBytes } = request
    if (!access.allows(url)) throw refusedUrl(url)
    const authorization = request.authorization ?? (await access.authorization(url))
    const dispatcher = await agentFor(access.tls(url))
    const answer = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: { 'user-agent': 'mooring', ...request.headers, ...(authorization && { authorization }) },
      signal,
    })
    return {
      status: answer.statusCode,
      headers: plainHeaders(answer.headers),
      body: await bodyWithin(answer.body, mostBytes, url),
      url,
    }
  }
  const follow = async (request: RegistryRequest, signal: AbortSignal): Promise<RegistryAnswer> => {
    let next = request
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const answer = await once(next, signal)
      const { location } = answer.headers
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer
      const url = new URL(location, next.url)
      const { authorization: _, ...rest } = next
      next = url.origin === next.url.origin ? { ...next, url } : { ...rest, url }
    }
    throw unreachable(request.url, `more than ${mostRedirects} redirects`)
  }
  return {
    authorization: access.authorization,
    get: async (request, { signal }) => {
      signal.throwIfAborted()
      const timeout = new AbortController()
      const cancel = clock.timer(timeoutMs, () =>
        timeout.abort(unreachable(request.url, `no whole answer within ${timeoutMs} ms`)),
      )
      try {
        return checked(await follow(request, AbortSignal.any([signal, timeout.signal])), request)
      } catch (error) {
        signal.throwIfAborted()
        timeout.signal.throwIfAborted()
        throw asUnreachable(error, request.url)
      } finally {
        cancel()
      }
    },
  }
}

function checked(answer: RegistryAnswer, { url, accept = [] }: RegistryRequest): RegistryAnswer {
  const { status } = answer
  if (status === 200 || status === 404 || accept.includes(status)) return answer
  if (status === 401 || status === 403) throw accessDenied(url, status)
  throw unreachable(url, `HTTP status ${status}`)
}

async function bodyWithin(
  body: Dispatcher.ResponseData['body'],
  mostBytes: number,
  url: URL,
): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Leaving the loop destroys the body, and with it the connection.
    if (bytes > mostBytes) throw chartTooLarge(url, mostBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const plainHeaders = (
  headers: Dispatcher.ResponseData['headers'],
): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )

/** Errors of ours pass; the rest are the network's. */
function asUnreachable(error: unknown, url: URL): unknown {
  const { code, name } = error as { readonly code?: string; readonly name?: string }
  if (name === 'MooringError') return error
  return unreachable(url, code ?? name ?? 'a failure', error)
}
