import type { Credentials } from '../connection/credentials.ts'
import type { ApiAnswer, ApiFailure, ApiRequest } from './api.ts'
import type { Surroundings } from './create-api.ts'
import { delay } from './delay.ts'
import { exchange } from './exchange.ts'
import { isAdmissionDenial } from './failure-kinds.ts'
import { isCut, isRetired, isTlsFailure, networkError } from './network-error.ts'
import { readAnswer } from './read-answer.ts'
import { unauthorized } from './unauthorized.ts'

/** What was tried already in one call. */
interface Tries {
  refreshed: boolean
  resent: boolean
  waits: number
}

const maxWaits = 3

/** One call, with its retries: see the contract of `Api`. */
export async function callOn(surroundings: Surroundings, request: ApiRequest): Promise<ApiAnswer> {
  const { connection, pause, clock, maxPauseMs } = surroundings
  const tries: Tries = { refreshed: false, resent: false, waits: 0 }
  for (;;) {
    request.signal.throwIfAborted()
    await pause.over(request.signal)
    const credentials = await connection.credentials(request)
    const answer = await once(surroundings, request, credentials, tries)
    if (answer === undefined) continue
    if (answer.ok) return answer
    const { failure } = answer
    if (isRefused(failure)) {
      connection.drop(credentials)
      if (tries.refreshed) throw unauthorized(credentials)
      tries.refreshed = true
      continue
    }
    const waitMs = waitFor(failure)
    if (failure.status === 429 && waitMs !== undefined) pause.extend(Math.min(waitMs, maxPauseMs))
    if (waitMs === undefined || waitMs > maxPauseMs || tries.waits === maxWaits) return answer
    tries.waits++
    if (failure.status !== 429) await delay(clock, waitMs, request.signal)
  }
}

/** The answer, or undefined where the request is to be sent once more: a read that lost its socket has no effect. */
async function once(
  { agents, connection, maxAnswerBytes, readTimeoutMs }: Surroundings,
  request: ApiRequest,
  credentials: Credentials,
  tries: Tries,
): Promise<ApiAnswer | undefined> {
  const { calls } = await agents.agentsFor(credentials)
  const where = `${credentials.serverUrl}${request.path}`
  try {
    const silentForMs = request.method === 'GET' ? { headers: readTimeoutMs, body: readTimeoutMs } : undefined
    return await readAnswer(await exchange(calls, credentials, request, silentForMs), maxAnswerBytes, where)
  } catch (thrown) {
    request.signal.throwIfAborted()
    // Certificates may have been renewed on either side.
    if (isTlsFailure(thrown)) connection.drop(credentials)
    const harmless = (request.method === 'GET' && isCut(thrown)) || isRetired(thrown)
    if (harmless && !tries.resent) {
      tries.resent = true
      return undefined
    }
    throw networkError(thrown, { serverUrl: credentials.serverUrl, writes: request.method !== 'GET' })
  }
}

/** A 401 that speaks of our credentials. An admission policy may answer with 401 as well: it was not our credentials. */
export const isRefused = (failure: ApiFailure): boolean =>
  failure.status === 401 && !isAdmissionDenial(failure)

/**
 * How long the server asks to wait before the same request has a chance. As in client-go, 500 and 503 count only where
 * they say so; an API server says it with every 429, so one without is taken for a second.
 */
export function waitFor({ status, retryAfterMs }: ApiFailure): number | undefined {
  if (status === 429) return retryAfterMs ?? 1000
  return status === 500 || status === 503 ? retryAfterMs : undefined
}
