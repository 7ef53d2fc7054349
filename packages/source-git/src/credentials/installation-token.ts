import type { IncomingMessage } from 'node:http'
import { MooringError } from '@mooring/core'
import { causeOf, untrusted } from '../wire/broken-line.ts'
import { responseTo } from '../wire/response-to.ts'
import type { GithubApp } from './github-app.ts'

/** A token of an installation of a GitHub App. */
export interface InstallationToken {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly endsAt: number
}

const maxBytes = 256 * 1024

/**
 * Asks GitHub for a token (`POST /app/installations/{id}/access_tokens`, API version 2022-11-28) that may read contents.
 *
 * Throws `AUTHENTICATION_FAILED`, `CERTIFICATE_NOT_TRUSTED`, `PROXY_REFUSED` and `REPOSITORY_UNREACHABLE`.
 */
export async function installationToken(app: GithubApp, assertion: string): Promise<InstallationToken> {
  const { status, text } = await post(app, assertion)
  if (status === 401 || status === 403 || status === 404 || status === 422) throw noToken(app.url, status)
  if (status !== 201) throw unreachable(app.url, `status ${status}`)
  const token = tokenIn(text)
  if (token === undefined) throw unreachable(app.url, 'an answer without a token')
  return token
}

interface Answer {
  readonly status: number
  readonly text: string
}

async function post(app: GithubApp, assertion: string): Promise<Answer> {
  const body = JSON.stringify({
    permissions: { contents: 'read' },
    ...(app.repositories && { repositories: app.repositories }),
  })
  try {
    const sent = app.route.open(app.url, {
      method: 'POST',
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${assertion}`,
        'content-length': Buffer.byteLength(body),
        'content-type': 'application/json',
        'user-agent': 'mooring',
        'x-github-api-version': '2022-11-28',
      },
      signal: AbortSignal.timeout(app.timeoutMs),
    })
    const answer = responseTo(sent)
    sent.end(body)
    const response = await answer
    return { status: response.statusCode ?? 0, text: await textOf(response) }
  } catch (thrown) {
    if (thrown instanceof MooringError) throw thrown
    throw untrusted(app.url, thrown) ?? unreachable(app.url, causeOf(thrown), thrown)
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error('an answer that is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tokenIn(text: string): InstallationToken | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  const { token, expires_at: end } = (parsed ?? {}) as { token?: unknown; expires_at?: unknown }
  const endsAt = typeof end === 'string' ? Date.parse(end) : Number.NaN
  if (typeof token !== 'string' || token === '' || Number.isNaN(endsAt)) return undefined
  return { token, endsAt }
}

const unreachable = (url: string, found: string, cause?: unknown): MooringError =>
  new MooringError({
    code: 'REPOSITORY_UNREACHABLE',
    kind: 'transient',
    message: `Expected a token from ${url}, found ${found}`,
    hint: 'See whether apiUrl is right and can be reached from here.',
    cause,
  })

/** The error of a GitHub that does not give a token. */
const noToken = (url: string, status: number): MooringError =>
  new MooringError({
    code: 'AUTHENTICATION_FAILED',
    kind: 'permanent',
    message: `Expected ${url} to give a token for the installation, found that it does not (${status})`,
    hint: 'See whether appId, installationId and privateKey belong together, the installation is not suspended, it has the repositories, and the clock of this machine is right.',
  })
