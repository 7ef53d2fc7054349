import type * as http from 'node:http'
import { isMooringError, MooringError } from '@mooring/core'
import {
  authorizationOf,
  checkCredentials,
  formsOf,
  type GitAuth,
  type GitAuthProvider,
} from '../options/git-auth.ts'
import { causeOf, responseTooLarge, untrusted, withoutPacket } from './broken-line.ts'
import {
  anyType,
  type GitAnswer,
  type GitAsk,
  type GitConnections,
  type GitRequest,
  type GitServer,
} from './git-server.ts'
import type { Resolve } from './guarded-lookup.ts'
import { type HostGate, hostGates, keyOf } from './host-gate.ts'
import { failureOf } from './http-failure.ts'
import { type HttpRoute, httpRoute } from './http-route.ts'
import { notGit } from './pkt-line.ts'
import { printable } from './printable.ts'
import { ProtocolSwitched, responseTo } from './response-to.ts'
import { proxyRefused } from './tunnel.ts'

/**
 * Requests to one repository, over Node's own client: it starts in a tenth of the time and a quarter of the memory of
 * others. Redirects are never followed, because they could carry the credentials elsewhere. Every
 * request ends: on the deadline, at its byte limit, on abort.
 *
 * Throws `ADDRESS_NOT_ALLOWED`, `AUTHENTICATION_FAILED`, `CERTIFICATE_NOT_TRUSTED`, `GIT_PROTOCOL_ERROR`,
 * `GIT_REDIRECTED`, `PROXY_REFUSED`, `RATE_LIMITED`, `REPOSITORY_NOT_FOUND`, `REPOSITORY_UNREACHABLE` and
 * `RESPONSE_TOO_LARGE`.
 */
export function gitHttp(server: GitServer, resolve?: Resolve): GitConnections {
  const { location, reach, timeoutMs, maxRequestsPerHost } = server
  const route = httpRoute(location.url, { reach, timeoutMs, resolve })
  const gate = gates(new URL(location.url).origin)
  const party = partyOf(reach.auth)
  const ask: GitAsk = async (request) => {
    const leave = await gate.enter(maxRequestsPerHost, party, request.signal)
    try {
      const deadline = AbortSignal.timeout(timeoutMs)
      const either = AbortSignal.any([request.signal, deadline])
      const line: Line = { server, route, gate, deadline, signal: request.signal, either }
      const { response, shown } = await sendAs(line, request)
      response.once('close', leave)
      return checked(line, request, response, shown)
    } catch (thrown) {
      leave()
      throw thrown
    }
  }
  return { ask, isCheap: true, close: async () => route.close() }
}

// Sources know nothing of each other, and yet one host must not be asked by all of them at once.
const gates = hostGates()

/** Whoever shares credentials, or the function that gives them, shares places. */
const partyOf = (auth: GitAuth | GitAuthProvider | undefined): unknown =>
  typeof auth === 'function' ? auth : keyOf(auth && authorizationOf(auth))

interface Line {
  readonly server: GitServer
  readonly route: HttpRoute
  readonly gate: HostGate
  readonly signal: AbortSignal
  readonly deadline: AbortSignal
  readonly either: AbortSignal
}

interface Sent {
  readonly response: http.IncomingMessage
  readonly shown: readonly GitAuth[]
}

/** Sends a request with credentials, and once more with others when a function gave them and has others to give. */
async function sendAs(line: Line, request: GitRequest): Promise<Sent> {
  const { auth } = line.server.reach
  const first = await credentials(line, false)
  const response = await send(line, request, first)
  const shown = first === undefined ? [] : [first]
  if (response.statusCode !== 401 || typeof auth !== 'function') return { response, shown }
  response.destroy()
  const second = await credentials(line, true)
  if (second === undefined || first === undefined || authorizationOf(second) === authorizationOf(first)) {
    return { response, shown }
  }
  return { response: await send(line, request, second), shown: [second, ...shown] }
}

function checked(
  line: Line,
  request: GitRequest,
  response: http.IncomingMessage,
  shown: readonly GitAuth[],
): GitAnswer {
  const { location, reach } = line.server
  const secrets = [
    ...shown.flatMap(formsOf),
    ...(reach.proxy?.secrets ?? []),
    ...Object.values(request.headers ?? {}),
  ]
  const quote = (text: string): string => printable(text, secrets)
  const auth = shown[0] && authorizationOf(shown[0])
  if (response.statusCode !== 200) {
    response.destroy()
    if (response.statusCode === 407 && reach.proxy !== undefined) throw proxyRefused(reach.proxy, 407)
    const failure = failureOf(response, { url: location.url, authenticated: shown.length > 0, quote })
    if (failure.code === 'RATE_LIMITED' || failure.retryAfterMs !== undefined) {
      line.gate.pause(auth, failure.retryAfterMs)
    }
    throw failure
  }
  line.gate.welcome(auth)
  const type = (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (request.expects !== anyType && type !== request.expects) {
    response.destroy()
    throw notGit(location.url, `an answer of type ${quote(type) || 'unknown'}`)
  }
  return { body: bounded(line, response, request.maxBytes), quote }
}

async function credentials(line: Line, isRejected: boolean): Promise<GitAuth | undefined> {
  const { reach, location } = line.server
  if (typeof reach.auth !== 'function') return reach.auth
  let given: GitAuth
  try {
    given = await race(reach.auth({ isRejected, signal: line.either }), line.either)
  } catch (thrown) {
    if (line.signal.aborted) throw line.signal.reason
    if (isMooringError(thrown)) throw thrown
    throw new MooringError({
      code: 'AUTHENTICATION_FAILED',
      kind: 'transient',
      message: `Expected credentials for ${location.url} from the function given as auth, but it failed or took too long`,
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

async function send(
  line: Line,
  request: GitRequest,
  auth: GitAuth | undefined,
): Promise<http.IncomingMessage> {
  const shown = auth && authorizationOf(auth)
  line.gate.refuseWhilePaused(shown, line.server.location.url)
  const headers = {
    // Some forges answer with a web page unless the client looks like Git.
    'user-agent': 'git/2.0 (mooring)',
    accept: request.body === undefined ? `${request.expects}, */*` : request.expects,
    ...(request.protocol === undefined ? {} : { 'git-protocol': `version=${request.protocol}` }),
    ...(request.type === undefined ? {} : { 'content-type': request.type }),
    ...(request.body === undefined ? {} : { 'content-length': request.body.byteLength }),
    ...(shown === undefined ? {} : { authorization: shown }),
    ...request.headers,
  }
  for (;;) {
    try {
      return await sendOnce(line, request, headers)
    } catch (thrown) {
      // A server may close an idle connection in the moment it is used again: what only reads is asked again.
      const isOver = request.once === true || line.either.aborted
      if (!(thrown instanceof StaleConnection) || isOver) throw unreachable(line, thrown)
    }
  }
}

class StaleConnection extends Error {}

async function sendOnce(
  { server, route, either }: Line,
  { path, body }: GitRequest,
  headers: http.OutgoingHttpHeaders,
): Promise<http.IncomingMessage> {
  const { url } = server.location
  const method = body === undefined ? 'GET' : 'POST'
  const sent = route.open(url + path, { method, headers, signal: either })
  const answer = responseTo(sent)
  sent.end(body)
  try {
    return await answer
  } catch (thrown) {
    if (thrown instanceof ProtocolSwitched) throw notGit(url, thrown.message)
    const { code, message } = thrown as NodeJS.ErrnoException
    const isStale = sent.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
    throw isStale ? new StaleConnection(message, { cause: thrown }) : thrown
  }
}

async function* bounded(
  line: Line,
  response: http.IncomingMessage,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw responseTooLarge(line.server.location.url, maxBytes)
      yield chunk
    }
  } catch (thrown) {
    throw unreachable(line, thrown)
  } finally {
    // A generator that was never begun closes nothing by itself.
    response.destroy()
  }
}

/** What a failed request means: the caller's abort, a missed deadline, or a broken line. */
function unreachable(line: Line, thrown: unknown): unknown {
  if (line.signal.aborted) return line.signal.reason
  if (isMooringError(thrown)) return thrown
  const { timeoutMs, location } = line.server
  const { url } = location
  const certificate = line.deadline.aborted ? undefined : untrusted(url, thrown)
  if (certificate !== undefined) return certificate
  const found = line.deadline.aborted ? `none within ${timeoutMs} ms` : causeOf(thrown)
  return new MooringError({
    code: 'REPOSITORY_UNREACHABLE',
    kind: 'transient',
    message: `Expected a complete answer from ${url}, found ${found}`,
    hint: line.deadline.aborted
      ? 'See whether the server is slow or the repository large; if it just takes longer, raise timeoutMs.'
      : 'See whether the address is right and the server can be reached from here.',
    cause: withoutPacket(thrown),
  })
}
