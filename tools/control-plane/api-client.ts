import { Agent, request as httpsRequest } from 'node:https'

/** An answer of the API server, whatever its status. */
export interface ApiAnswer {
  readonly status: number
  /** Parsed JSON, or the text if it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of objects of many kinds, and a wrong one fails them.
  readonly body: any
}

/** Sends one request as one user. Rejects only if there was no answer. */
export type ApiCall = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options?: {
    /** Sent as JSON, or as it is if it is text. */
    readonly body?: unknown
    /** Default `application/json`; for PATCH `application/merge-patch+json`. */
    readonly contentType?: string
    /** Default 30 seconds. */
    readonly timeoutMs?: number
  },
) => Promise<ApiAnswer>

/** A plain client of the API server for tests and for the control plane itself: no retries, no cache. */
export function apiClient(options: {
  readonly url: string
  readonly ca: () => string
  readonly token: string
}): {
  readonly call: ApiCall
  readonly close: () => void
} {
  let agent: Agent | undefined
  const agentOf = (): Agent => {
    agent ??= new Agent({ keepAlive: true, ca: options.ca() })
    return agent
  }
  const call: ApiCall = (method, path, { body, contentType, timeoutMs = 30_000 } = {}) =>
    new Promise((resolve, reject) => {
      const request = httpsRequest(new URL(path, options.url), {
        method,
        agent: agentOf(),
        timeout: timeoutMs,
        headers: {
          authorization: `Bearer ${options.token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': contentType ?? contentTypeOf(method) }),
        },
      })
      request.once('timeout', () =>
        request.destroy(new Error(`no answer within ${timeoutMs} ms: ${method} ${path}`)),
      )
      request.once('error', reject)
      request.once('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString('utf8')) }),
        )
      })
      request.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body))
    })
  return { call, close: () => agent?.destroy() }
}

const contentTypeOf = (method: string): string =>
  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
