import { invalid, type LoadedContext } from './load-context.ts'

/**
 * The address of the API server without trailing slash. Throws `KUBECONFIG_INVALID` for one that cannot be used: also for
 * `http://` to another host than this one, unless that is allowed, because every request carries the credentials.
 */
export function serverUrlOf({ cluster, name, origin }: LoadedContext, allowPlainHttp: boolean): string {
  const where = `context ${name} of ${origin}`
  const url = URL.parse(cluster.server)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw invalid(where, 'a server with https://', 'another kind of address')
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(where, 'a server without credentials in its address', 'some')
  }
  if (url.protocol === 'http:' && !allowPlainHttp && !isLoopback(url.hostname)) {
    throw invalid(
      where,
      'a server with https://',
      `http:// to ${url.host} (\`allowPlainHttp\` would allow it)`,
    )
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** The proxy on the way, if the cluster names one. Throws `KUBECONFIG_INVALID` for a kind that cannot be used. */
export function proxyOf({ cluster, name, origin }: LoadedContext): string | undefined {
  if (!cluster.proxyUrl) return undefined
  const protocol = URL.parse(cluster.proxyUrl)?.protocol
  if (protocol === 'http:' || protocol === 'https:' || protocol === 'socks5:') return cluster.proxyUrl
  throw invalid(`context ${name} of ${origin}`, 'a proxy-url with http, https or socks5', 'another')
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
