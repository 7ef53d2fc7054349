import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { MooringError } from '@mooring/core'

/** What a message about an answer may name. */
interface Asked {
  readonly url: string
  readonly authenticated: boolean
  readonly quote: (text: string) => string
}

const longestWaitMs = 60 * 60 * 1000

/** The error of an answer with another status than 200. */
export function failureOf({ statusCode: status = 0, headers }: IncomingMessage, asked: Asked): MooringError {
  if (isRateLimit(status, headers)) return rateLimited(headers, asked)
  if (status >= 300 && status < 400) return redirected(status, headers, asked)
  // 203 is how Azure DevOps sends its sign-in page.
  if (status === 401 || status === 403 || status === 203) return refused(status, asked)
  if (status === 404 || status === 410) return notFound(status, asked)
  if (status >= 500) return unavailable(status, headers, asked)
  return new MooringError({
    code: 'GIT_PROTOCOL_ERROR',
    kind: 'permanent',
    message: `Expected a Git server at ${asked.url}, found status ${status}`,
    hint: 'See whether this is the address that `git clone` takes.',
  })
}

/** GitHub also answers 403 when the limit is used up. */
const isRateLimit = (status: number, headers: IncomingHttpHeaders): boolean =>
  status === 429 ||
  (status === 403 && (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0'))

function rateLimited(headers: IncomingHttpHeaders, { url, authenticated }: Asked): MooringError {
  return new MooringError({
    code: 'RATE_LIMITED',
    kind: 'transient',
    message: `Expected an answer from ${url}, found that it asks to be left alone for a while`,
    hint: authenticated
      ? 'Poll less often (pollMs), or spread the load over several tokens.'
      : 'Servers allow more to whom they know: give a token in `auth`. Or poll less often (pollMs).',
    ...retryAfterOf(headers),
  })
}

/** Seconds or a date; never longer than an hour, whatever the server says. */
function retryAfterOf(headers: IncomingHttpHeaders): { retryAfterMs?: number } {
  const value = headers['retry-after']
  if (value === undefined) return {}
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? {} : { retryAfterMs: Math.min(Math.max(ms, 0), longestWaitMs) }
}

function redirected(status: number, headers: IncomingHttpHeaders, { url, quote }: Asked): MooringError {
  const target = URL.parse(headers.location ?? '', url)
  const origin =
    target === null || target.origin === 'null' ? 'an address that cannot be parsed' : target.origin
  return new MooringError({
    code: 'GIT_REDIRECTED',
    kind: 'permanent',
    message: `Expected a Git server at ${url}, found a redirect (${status}) to ${quote(origin)}`,
    hint: 'Redirects are not followed, so that credentials go nowhere else. Give the final address as `url`; often only .git is missing.',
  })
}

function refused(status: number, { url, authenticated }: Asked): MooringError {
  return new MooringError({
    code: 'AUTHENTICATION_FAILED',
    kind: 'permanent',
    message: authenticated
      ? `Expected ${url} to accept the credentials, found that it refuses them (${status})`
      : `Expected to read ${url} without credentials, found that it asks for some (${status})`,
    hint: authenticated
      ? 'See whether the token has expired and may read this repository.'
      : 'Give a token that may read this repository in `auth`.',
  })
}

function notFound(status: number, { url, authenticated }: Asked): MooringError {
  return new MooringError({
    code: 'REPOSITORY_NOT_FOUND',
    kind: 'permanent',
    message: `Expected a repository at ${url}, found none (${status})`,
    hint: authenticated
      ? 'Correct the address. Servers also say this when the credentials may not see the repository.'
      : 'Correct the address. Servers also say this of private repositories: then give a token in `auth`.',
  })
}

function unavailable(status: number, headers: IncomingHttpHeaders, { url }: Asked): MooringError {
  return new MooringError({
    code: 'REPOSITORY_UNREACHABLE',
    kind: 'transient',
    message: `Expected an answer from ${url}, found that the server fails (${status})`,
    hint: 'Look at the server if this stays.',
    ...retryAfterOf(headers),
  })
}
