import type { ClientRequest, RequestOptions } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { ProxyServer } from '../options/git-proxy.ts'
import { contextOf } from '../options/git-tls.ts'
import type { Reach } from '../options/reach.ts'
import { checkedAddress, guardedLookup, type Resolve, refuseAddress } from './guarded-lookup.ts'
import { proxyHeaders, tunnel } from './tunnel.ts'

/** The way to one server: directly, or through a proxy; to checked addresses only, or to any. */
export interface HttpRoute {
  /** Begins a request. Throws `ADDRESS_NOT_ALLOWED`. */
  readonly open: (url: string, options: RequestOptions) => ClientRequest
  /** Closes what nobody uses. */
  readonly close: () => void
}

/** How a route is taken. */
export interface RouteOptions {
  readonly reach: Reach
  readonly timeoutMs: number
  /** Default: the system's. */
  readonly resolve?: Resolve | undefined
}

/** What a server closes earlier costs one more try. It must not keep a process from ending, and does not. */
const keptOpen = { keepAlive: true, maxFreeSockets: 4, scheduling: 'lifo' } as const

/** The way to the server of a URL. Connections are kept open. */
export function httpRoute(url: string, { reach, timeoutMs, resolve }: RouteOptions): HttpRoute {
  const { proxy } = reach
  const isSecure = url.startsWith('https:')
  if (proxy !== undefined && !isSecure) return throughProxy(proxy)
  const mayConnect = reach.policy?.mayConnect
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const lookup = mayConnect && guardedLookup(mayConnect, resolve)
  const leaving = new AbortController()
  const agent = isSecure ? secureAgent(reach) : new http.Agent(keptOpen)
  if (proxy !== undefined)
    leadThrough(agent, { proxy, url, host, reach, timeoutMs, resolve, signal: leaving.signal })
  const { request } = isSecure ? https : http
  return {
    open: (address, options) => {
      refuseAddress(host, mayConnect)
      return request(address, { ...options, agent, ...(lookup && { lookup }) })
    },
    close: () => {
      leaving.abort()
      agent.destroy()
    },
  }
}

/** Servers prove who they are, whatever the environment says (`NODE_TLS_REJECT_UNAUTHORIZED`). */
const secureAgent = ({ tls = {} }: Reach): https.Agent =>
  new https.Agent({
    ...keptOpen,
    ...contextOf(tls),
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    rejectUnauthorized: true,
  })

interface Through extends RouteOptions {
  readonly proxy: ProxyServer
  readonly url: string
  readonly host: string
  readonly signal: AbortSignal
}

/** Under a policy the name is looked up here, and the proxy asked for the address: it would look the name up by itself. */
function leadThrough(
  agent: http.Agent,
  { proxy, url, host, reach, timeoutMs, resolve, signal }: Through,
): void {
  const { tls = {}, policy } = reach
  const port = Number(new URL(url).port || 443)
  agent.createConnection = (_options, callback) => {
    const connect = async (): Promise<void> => {
      let socket: TLSSocket
      try {
        const through = policy?.mayConnect ? await checkedAddress(host, policy.mayConnect, resolve) : host
        socket = await tunnel(proxy, { host, port, through, tls, timeoutMs }, signal)
      } catch (thrown) {
        // Without a socket there is nothing but the error, which the declaration does not foresee.
        callback?.(thrown as Error, undefined as never)
        return
      }
      callback?.(null, socket)
    }
    void connect()
    return undefined
  }
}

/** Without TLS a proxy is told the whole URL (RFC 9112, absolute form), and reads what is said. */
function throughProxy(proxy: ProxyServer): HttpRoute {
  const agent = proxy.isSecure ? new https.Agent(keptOpen) : new http.Agent(keptOpen)
  const { request } = proxy.isSecure ? https : http
  return {
    open: (url, { headers, ...options }) =>
      request({
        ...options,
        agent,
        host: proxy.host,
        port: proxy.port,
        path: url,
        headers: {
          ...(headers as http.OutgoingHttpHeaders),
          host: new URL(url).host,
          ...proxyHeaders(proxy),
        },
      }),
    close: () => agent.destroy(),
  }
}
