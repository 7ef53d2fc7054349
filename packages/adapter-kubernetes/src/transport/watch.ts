import { MooringError } from '@mooring/core'
import type { KubernetesObject } from '../objects/object.ts'
import type { ApiRequest, WatchEvent, WatchRequest } from './api.ts'
import { isRefused, waitFor } from './call.ts'
import type { Surroundings } from './create-api.ts'
import { type Exchange, exchange } from './exchange.ts'
import { failureError } from './failure-error.ts'
import { isTlsFailure, networkError } from './network-error.ts'
import { readAnswer, tooLarge } from './read-answer.ts'
import { failureIn } from './read-failure.ts'
import { type Silence, silence } from './silence.ts'
import { splitLines } from './split-lines.ts'
import { unauthorized } from './unauthorized.ts'

interface Opened {
  readonly answered: Exchange
  readonly where: string
  readonly serverUrl: string
}

/** The events of one watch: see the contract of `Api`. */
export async function* watchOn(
  surroundings: Surroundings,
  request: WatchRequest,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { clock, silenceMs, maxLineBytes } = surroundings
  const opened = await open(surroundings, request)
  request.onOpen?.()
  const { body } = opened.answered
  // Destroyed midway it reports an abort to nobody.
  body.on('error', () => undefined)
  const listening = silence(clock, silenceMs, () => body.destroy(silent(opened, silenceMs)))
  const lines = splitLines(maxLineBytes, () => {
    throw tooLarge(opened.where, maxLineBytes)
  })
  try {
    for await (const chunk of heard(body as AsyncIterable<Buffer>, listening)) {
      for (const line of lines.push(chunk)) yield eventIn(line, opened.where)
      request.signal.throwIfAborted()
    }
    if (lines.pending() > 0) throw notUnderstood(opened.where, 'half of one')
  } catch (thrown) {
    request.signal.throwIfAborted()
    throw networkError(thrown, { serverUrl: opened.serverUrl, writes: false })
  } finally {
    listening.stop()
    body.destroy()
  }
}

/** The chunks, with the time spent on waiting for each counted as silence; that of whoever takes them is not. */
async function* heard(body: AsyncIterable<Buffer>, listening: Silence): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]()
  for (;;) {
    listening.begin()
    const { done, value } = await chunks.next()
    listening.end()
    if (done === true) return
    yield value
  }
}

async function open(surroundings: Surroundings, request: WatchRequest, again = false): Promise<Opened> {
  const { connection, agents, pause, maxAnswerBytes, maxPauseMs, dialTimeoutMs } = surroundings
  const { signal } = request
  signal.throwIfAborted()
  await pause.over(signal)
  const credentials = await connection.credentials(request)
  const { watches } = await agents.agentsFor(credentials)
  const { serverUrl } = credentials
  const where = `${serverUrl}${request.path}`
  try {
    const answered = await exchange(watches, credentials, asCall(request), {
      headers: dialTimeoutMs,
      body: 0,
    })
    if (answered.statusCode === 200) return { answered, where, serverUrl }
    const answer = await readAnswer(answered, maxAnswerBytes, where)
    if (answer.ok) throw notUnderstood(where, `status ${answer.status}`)
    if (isRefused(answer.failure)) {
      connection.drop(credentials)
      if (again) throw unauthorized(credentials)
    } else {
      if (answer.status === 429) pause.extend(Math.min(waitFor(answer.failure) ?? 0, maxPauseMs))
      throw failureError(answer.failure, { verb: 'watch', label: request.path })
    }
  } catch (thrown) {
    signal.throwIfAborted()
    if (isTlsFailure(thrown)) connection.drop(credentials)
    throw networkError(thrown, { serverUrl, writes: false })
  }
  return open(surroundings, request, true)
}

const asCall = ({ path, query, accept, signal }: WatchRequest): ApiRequest => ({
  method: 'GET',
  path,
  query: { ...query, watch: '1' },
  ...(accept === undefined ? {} : { accept }),
  signal,
})

function eventIn(line: string, where: string): WatchEvent {
  const { type, object } = parsed(line, where)
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type, object: object as KubernetesObject }
    case 'ERROR': {
      const status = (object as { readonly code?: unknown } | undefined)?.code
      const failure = failureIn(typeof status === 'number' ? status : 500, {}, object)
      throw failureError(failure, { verb: 'watch', label: where })
    }
    default:
      throw notUnderstood(where, 'something else')
  }
}

/** The event as it was sent: no copy, as there may be thousands in a second. */
function parsed(line: string, where: string): { readonly type?: unknown; readonly object?: unknown } {
  try {
    const event = JSON.parse(line) as unknown
    if (typeof event === 'object' && event !== null) return event
  } catch {
    // Falls through to the error, without the line, which a parse error quotes.
  }
  throw notUnderstood(where, 'something else')
}

const notUnderstood = (where: string, found: string): MooringError =>
  new MooringError({
    code: 'ANSWER_NOT_UNDERSTOOD',
    kind: 'transient',
    message: `Expected events, one JSON text a line, from ${where}, found ${found}`,
    hint: 'See whether a proxy on the way answers or cuts in place of the API server.',
  })

const silent = ({ where }: Opened, silenceMs: number): MooringError =>
  new MooringError({
    code: 'WATCH_SILENT',
    kind: 'transient',
    message: `Expected an event or a bookmark from ${where} within ${silenceMs} ms, found none`,
    hint: 'The watch is opened again. If it stays, something on the way holds back what the server sends.',
  })
