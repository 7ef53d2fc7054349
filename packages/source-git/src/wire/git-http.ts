import { MooringError } from '@mooring/core'
import { authorizationOf, checkCredentials, formsOf } from '../options/credentials.ts'
import type { GitAuth } from '../options/git-source-options.ts'
import { failureOf } from './http-failure.ts'
import { printable } from './printable.ts'

/** The one repository a {@link GitHttp} talks to. */
export interface GitServer {
  /** Without credentials and without a slash at the end. */
  readonly url: string
  readonly auth: GitAuth | (() => Promise<GitAuth>) | undefined
  readonly timeoutMs: number
}

/** One request. */
export interface GitRequest {
  /** What follows the URL of the repository. */
  readonly path: string
  /** Sent as the body of a POST; without it, a GET. */
  readonly body?: Uint8Array
  /** The type of the body. */
  readonly type?: string
  /** A longer answer is `RESPONSE_TOO_LARGE`. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** An answer with status 200. */
export interface GitAnswer {
  readonly contentType: string
  /** To be read once. Leaving it early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>
  /** What the server says, fit for a message: no control characters, no credentials, not long. */
  readonly quote: (text: string) => string
}

/** Asks the server of one repository. */
export type GitHttp = (request: GitRequest) => Promise<GitAnswer>

/**
 * Requests to one repository. Redirects are never followed, because they could carry the credentials elsewhere. Every
 * request ends: on the deadline, at its byte limit, on abort.
 *
 * Throws `AUTHENTICATION_FAILED`, `GIT_PROTOCOL_ERROR`, `GIT_REDIRECTED`, `RATE_LIMITED`, `REPOSITORY_NOT_FOUND`,
 * `REPOSITORY_UNREACHABLE` and `RESPONSE_TOO_LARGE`.
 */
export function gitHttp(server: GitServer): GitHttp {
  return async (request) => {
    const deadline = AbortSignal.timeout(server.timeoutMs)
    const line: Line = {
      server,
      deadline,
      signal: request.signal,
      either: AbortSignal.any([request.signal, deadline]),
    }
    const auth = await credentials(line)
    const response = await send(line, request, auth)
    const quote = (text: string): string => printable(text, auth === undefined ? [] : formsOf(auth))
    if (response.status !== 200) {
      await response.body?.cancel().catch(() => undefined)
      throw failureOf(response, { url: server.url, authenticated: auth !== undefined, quote })
    }
    return {
      contentType: (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
      body: bounded(line, response, request.maxBytes),
      quote,
    }
  }
}

interface Line {
  readonly server: GitServer
  readonly signal: AbortSignal
  readonly deadline: AbortSignal
  readonly either: AbortSignal
}

async function credentials(line: Line): Promise<GitAuth | undefined> {
  const { auth, url } = line.server
  if (typeof auth !== 'function') return auth
  let given: GitAuth
  try {
    given = await race(auth(), line.either)
  } catch (thrown) {
    if (line.signal.aborted) throw line.signal.reason
    throw new MooringError({
      code: 'AUTHENTICATION_FAILED',
      kind: 'transient',
      message: `Expected credentials for ${url} from the function given as auth, but it failed or took too long`,
      hint: 'What it threw stands in the cause.',
      cause: thrown,
    })
  }
  checkCredentials(given)
  return given
}

function race<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

async function send(line: Line, request: GitRequest, auth: GitAuth | undefined): Promise<Response> {
  const service = 'application/x-git-upload-pack'
  const headers: Record<string, string> = {
    // Some forges answer with a web page unless the client looks like Git.
    'user-agent': 'git/2.0 (mooring)',
    accept: request.body === undefined ? `${service}-advertisement, */*` : `${service}-result`,
    ...(request.type === undefined ? {} : { 'content-type': request.type }),
    ...(auth === undefined ? {} : { authorization: authorizationOf(auth) }),
  }
  try {
    return await fetch(line.server.url + request.path, {
      method: request.body === undefined ? 'GET' : 'POST',
      headers,
      redirect: 'manual',
      signal: line.either,
      ...(request.body === undefined ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
    })
  } catch (thrown) {
    throw unreachable(line, thrown)
  }
}

async function* bounded(line: Line, response: Response, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw tooLarge(line.server.url, maxBytes)
      yield chunk
    }
  } catch (thrown) {
    throw unreachable(line, thrown)
  }
}

/** What a failed request means: the caller's abort, a missed deadline, or a broken line. */
function unreachable(line: Line, thrown: unknown): unknown {
  if (line.signal.aborted) return line.signal.reason
  if (thrown instanceof MooringError) return thrown
  const { url, timeoutMs } = line.server
  const found = line.deadline.aborted ? `none within ${timeoutMs} ms` : causeOf(thrown)
  return new MooringError({
    code: 'REPOSITORY_UNREACHABLE',
    kind: 'transient',
    message: `Expected a complete answer from ${url}, found ${found}`,
    hint: line.deadline.aborted
      ? 'See whether the server is slow or the repository large; if it just takes longer, raise timeoutMs.'
      : 'See whether the address is right and the server can be reached from here.',
    cause: thrown,
  })
}

/** `fetch` says only "fetch failed"; what happened stands in its cause. */
function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  const { code, message } = cause as { code?: unknown; message?: unknown }
  if (typeof code === 'string') return code
  return typeof message === 'string' && message !== '' ? printable(message) : 'a broken connection'
}

const tooLarge = (url: string, maxBytes: number): MooringError =>
  new MooringError({
    code: 'RESPONSE_TOO_LARGE',
    kind: 'permanent',
    message: `Expected an answer of at most ${maxBytes} bytes from ${url}, found a longer one`,
    hint: 'If the repository is really this large, raise limits.maxResponseBytes. Its list of refs may have 64 MiB at most.',
  })
