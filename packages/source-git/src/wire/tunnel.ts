import * as http from 'node:http'
import * as https from 'node:https'
import { isIP, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { MooringError } from '@mooring/core'
import type { ProxyServer } from '../options/git-proxy.ts'
import { contextOf, type GitTls } from '../options/git-tls.ts'

/** What is at the far end of a tunnel. */
export interface TunnelTarget {
  /** The name whose certificate has to be shown. */
  readonly host: string
  readonly port: number
  /** What the proxy is asked to connect to: the name, or an address that has been checked. */
  readonly through: string
  readonly tls: GitTls
  /** How long the proxy may take to answer. */
  readonly timeoutMs: number
}

/**
 * A TLS connection to a server through an HTTP proxy (`CONNECT`, RFC 9110). The proxy sees name and port of the server, and
 * nothing of what is said.
 *
 * Throws `PROXY_REFUSED`, and errors of the connection.
 */
export async function tunnel(
  proxy: ProxyServer,
  target: TunnelTarget,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const socket = await connectThrough(proxy, target, signal)
  const { host, tls } = target
  const name = tls.servername ?? host
  return connect({
    ...contextOf(tls),
    socket,
    host: name,
    // An address cannot be asked for by name; what is compared with the certificate is `host`.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  })
}

function connectThrough(
  proxy: ProxyServer,
  { through, port, timeoutMs }: TunnelTarget,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${isIP(through) === 6 ? `[${through}]` : through}:${port}`
  const { request } = proxy.isSecure ? https : http
  return new Promise((resolve, reject) => {
    const asked = request({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...proxyHeaders(proxy) },
      agent: false,
    })
    const giveUp = (): void => void asked.destroy(new Error('none in time'))
    const timer = setTimeout(giveUp, timeoutMs)
    signal.addEventListener('abort', giveUp, { once: true })
    asked.once('close', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      // After any of the others this says nothing new.
      reject(proxyUnreachable(proxy, new Error('a connection that was closed')))
    })
    asked.once('connect', (response: http.IncomingMessage, socket: Socket, head: Buffer) => {
      const { statusCode: status = 0 } = response
      if (status >= 200 && status < 300 && head.length === 0) return resolve(socket)
      socket.destroy()
      return reject(proxyRefused(proxy, status))
    })
    asked.once('error', (error) => reject(proxyUnreachable(proxy, error)))
    asked.end()
  })
}

/** What a proxy wants to be shown. */
export const proxyHeaders = ({ authorization }: ProxyServer): { 'proxy-authorization'?: string } =>
  authorization === undefined ? {} : { 'proxy-authorization': authorization }

/** The error of a proxy that answers, and does not let through. */
export function proxyRefused(proxy: ProxyServer, status: number): MooringError {
  const isPassing = status >= 500
  return new MooringError({
    code: 'PROXY_REFUSED',
    kind: isPassing ? 'transient' : 'permanent',
    message: `Expected proxy ${proxy.url} to let a request through, found that it does not (${status})`,
    hint:
      status === 407
        ? 'It wants other credentials: they stand in the URL given as `proxy`.'
        : 'Ask whoever runs the proxy whether this server may be reached through it.',
  })
}

const proxyUnreachable = (proxy: ProxyServer, cause: NodeJS.ErrnoException): MooringError =>
  new MooringError({
    code: 'REPOSITORY_UNREACHABLE',
    kind: 'transient',
    message: `Expected to reach proxy ${proxy.url}, found ${cause.code ?? 'a broken connection'}`,
    hint: 'See whether the address given as `proxy` is right and can be reached from here.',
    cause,
  })
