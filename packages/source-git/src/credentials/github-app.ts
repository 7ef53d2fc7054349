import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import type { MooringError } from '@mooring/core'
import type { GitAuthProvider } from '../options/git-auth.ts'
import { type GitProxy, proxyTo } from '../options/git-proxy.ts'
import { checkTls, type GitTls } from '../options/git-tls.ts'
import { invalidOption } from '../options/invalid-option.ts'
import { type HttpRoute, httpRoute } from '../wire/http-route.ts'
import { type InstallationToken, installationToken } from './installation-token.ts'

/** A GitHub App, and where it is installed. */
export interface GithubAppOptions {
  /** The App's id or client id. */
  readonly appId: number | string
  /** The installation's id, which stands in the address of its page of settings. */
  readonly installationId: number | string
  /** The App's private key, PEM. */
  readonly privateKey: string
  /** Default `https://api.github.com`. GitHub Enterprise Server: `https://<host>/api/v3`. */
  readonly apiUrl?: string
  /** Names of repositories, without the owner, that tokens are for. Default: all that the installation may read. */
  readonly repositories?: readonly string[]
  /** Certificates for `apiUrl`. Default: the authorities that Node trusts. */
  readonly tls?: GitTls
  /** Default: none. */
  readonly proxy?: GitProxy
  /** The longest one request may take, in milliseconds. Default 30000. */
  readonly timeoutMs?: number
  /** Gives milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/** Tokens live for an hour. One that ends this soon is not used any more, so that none ends on its way. */
const spareMs = 5 * 60_000
/** A token is no longer than an hour, whatever a wrong clock says. */
const longestMs = 60 * 60_000

/**
 * Credentials of a GitHub App, for `auth` of any number of sources: a token of the installation that may read contents and
 * nothing else, kept until five minutes before its end, or until the server refuses it. Sources that ask at the same time
 * share one request.
 *
 * Throws `INVALID_OPTION`. The provider throws `AUTHENTICATION_FAILED` and `REPOSITORY_UNREACHABLE`.
 */
export function githubApp(options: GithubAppOptions): GitAuthProvider {
  const app = appFrom(options)
  const { now = Date.now } = options
  let current: InstallationToken | undefined
  let asking: Promise<InstallationToken> | undefined

  const isGood = (token: InstallationToken | undefined): token is InstallationToken =>
    token !== undefined && token.endsAt - now() > spareMs

  const ask = async (): Promise<InstallationToken> => {
    try {
      const token = await installationToken(app, assertionOf(app, now()))
      current = { ...token, endsAt: Math.min(token.endsAt, now() + longestMs) }
      return current
    } finally {
      asking = undefined
    }
  }

  return async ({ isRejected }) => {
    if (isRejected && asking === undefined) current = undefined
    if (isGood(current)) return { token: current.token }
    asking ??= ask()
    return { token: (await asking).token }
  }
}

/** An App, checked. */
export interface GithubApp {
  readonly appId: string
  readonly key: KeyObject
  readonly url: string
  readonly repositories: readonly string[] | undefined
  readonly route: HttpRoute
  readonly timeoutMs: number
}

function appFrom(options: GithubAppOptions): GithubApp {
  const { appId, installationId, apiUrl = 'https://api.github.com', timeoutMs = 30_000 } = options
  for (const [name, value] of Object.entries({ appId, installationId })) {
    if (!/^[A-Za-z0-9._-]+$/.test(String(value))) throw invalid(name, 'the id that GitHub shows')
  }
  const parsed = URL.parse(apiUrl)
  if (parsed === null || parsed.protocol !== 'https:' || parsed.username !== '' || parsed.search !== '') {
    throw invalid('apiUrl', 'the https:// URL of an API of GitHub, without credentials')
  }
  if (options.tls !== undefined) checkTls(options.tls, apiUrl)
  const proxy = proxyTo(apiUrl, options.proxy)
  const reach = { ...(options.tls && { tls: options.tls }), ...(proxy && { proxy }) }
  return {
    appId: String(appId),
    key: keyFrom(options.privateKey),
    url: `${apiUrl.replace(/\/+$/, '')}/app/installations/${installationId}/access_tokens`,
    repositories: options.repositories,
    route: httpRoute(apiUrl, { reach, timeoutMs }),
    timeoutMs,
  }
}

const invalid = (option: string, expected: string): MooringError =>
  invalidOption(option, expected, undefined, `Correct option ${option} of githubApp.`)

function keyFrom(privateKey: string): KeyObject {
  try {
    const key = createPrivateKey(privateKey)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // Not as the cause: it is about what stands in a key.
  }
  throw invalid('privateKey', "the App's private key, in PEM")
}

/** GitHub takes an assertion of ten minutes at most; the minute before it forgives a clock that is ahead (RFC 7519, RS256). */
function assertionOf({ appId, key }: GithubApp, at: number): string {
  const seconds = Math.floor(at / 1000)
  const claims = { iat: seconds - 60, exp: seconds + 540, iss: appId }
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map(encoded).join('.')
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

const encoded = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')
