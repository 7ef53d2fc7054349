import { isIP } from 'node:net'
import { isMooringError, MooringError } from '@mooring/core'
import { invalidOption } from './invalid-option.ts'
import { networks } from './networks.ts'

/**
 * The URL of an HTTP proxy (`http://` or `https://`, with credentials if it wants some), or a function that says which one
 * leads to a URL; undefined means none does. {@link proxyFromEnvironment} makes one.
 */
export type GitProxy = string | ((url: string) => string | undefined)

/** A proxy, taken apart. */
export interface ProxyServer {
  /** Without credentials, for messages. */
  readonly url: string
  readonly isSecure: boolean
  readonly host: string
  readonly port: number
  /** Value of the `Proxy-Authorization` header. */
  readonly authorization: string | undefined
  /** What must show in no message. */
  readonly secrets: readonly string[]
}

/**
 * Chooses a proxy as most programs do: `https_proxy` or `HTTPS_PROXY` for `https://` URLs; `http_proxy` for `http://` ones
 * (not `HTTP_PROXY`, which whoever sends a request to a CGI program can set); `all_proxy` or `ALL_PROXY` for both;
 * lower case first. Nothing is read from the process: give `process.env`.
 *
 * `no_proxy` or `NO_PROXY` lists, between commas or spaces, what is reached directly: `*` for everything; a name, which also
 * stands for what is below it, with or without `.` or `*.` before it; an address; a network such as `10.0.0.0/8`, which
 * counts for URLs with an address and resolves no names. `:8443` behind a name or address restricts it to that port.
 */
export function proxyFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): (url: string) => string | undefined {
  const either = (name: string): string => environment[name] || environment[name.toUpperCase()] || ''
  const http = environment.http_proxy || either('all_proxy')
  const https = either('https_proxy') || either('all_proxy')
  const direct = either('no_proxy')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
  return (text) => {
    const url = new URL(text)
    const proxy = url.protocol === 'https:' ? https : http
    if (proxy === '' || direct.some((entry) => isCovered(url, entry.toLowerCase()))) return undefined
    return proxy.includes('://') ? proxy : `http://${proxy}`
  }
}

/** The proxy that leads to a URL, if one does. Throws `INVALID_OPTION`, without repeating what may be a secret. */
export function proxyTo(url: string, proxy: GitProxy | undefined): ProxyServer | undefined {
  const chosen = typeof proxy === 'function' ? askedFor(url, proxy) : proxy
  if (chosen === undefined) return undefined
  const expected = 'the http:// or https:// URL of a proxy'
  const parsed = typeof chosen === 'string' ? URL.parse(chosen) : null
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw invalidOption('proxy', expected)
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') {
    throw invalidOption('proxy', expected, 'it has a path')
  }
  const isSecure = parsed.protocol === 'https:'
  const [username, password] = [parsed.username, parsed.password].map(decoded)
  const pair = `${username}:${password}`
  const has = pair !== ':'
  return {
    url: parsed.origin,
    isSecure,
    host: bare(parsed.hostname),
    port: Number(parsed.port || (isSecure ? 443 : 80)),
    authorization: has ? `Basic ${Buffer.from(pair).toString('base64')}` : undefined,
    secrets: has
      ? [Buffer.from(pair).toString('base64').replace(/=+$/, ''), parsed.password, password ?? '']
      : [],
  }
}

function askedFor(url: string, proxy: (url: string) => string | undefined): string | undefined {
  try {
    return proxy(url)
  } catch (thrown) {
    if (isMooringError(thrown)) throw thrown
    throw new MooringError({
      code: 'INVALID_OPTION',
      kind: 'permanent',
      message: `Expected the function given as option proxy to say what leads to ${url}, but it failed`,
      hint: 'What it threw stands in the cause.',
      cause: thrown,
    })
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidOption('proxy', 'a URL whose user name and password are escaped as in URLs')
  }
}

function isCovered(url: URL, entry: string): boolean {
  if (entry === '*') return true
  const host = bare(url.hostname)
  if (entry.includes('/')) return isIP(host) !== 0 && networks([entry])?.contain(host) === true
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*(?::[^:]*){2,}|[^:]*)(?::(\d+))?$/.exec(entry) ?? []
  if (port !== undefined && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false
  const wanted = bare(name).replace(/^\*?\./, '')
  return wanted !== '' && (host === wanted || (isIP(host) === 0 && host.endsWith(`.${wanted}`)))
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '')
