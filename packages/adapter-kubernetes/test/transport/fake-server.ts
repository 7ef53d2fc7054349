import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach } from 'vitest'

/** A server that answers what a real API server cannot be made to answer. */
export interface FakeServer {
  readonly url: string
  /** Requests that arrived, as `GET /path?query`, in order. */
  readonly seen: readonly string[]
  /** Sockets that were opened. */
  readonly sockets: () => number
}

const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** Starts one; the number tells which request it is, from 1. It stops after the test. */
export async function fakeServer(
  answer: (request: IncomingMessage, response: ServerResponse, number: number) => void,
): Promise<FakeServer> {
  const seen: string[] = []
  let sockets = 0
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    answer(request, response, seen.length)
  })
  server.on('connection', () => sockets++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, seen, sockets: () => sockets }
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** A `Status` as an API server makes it. */
export const status = (code: number, reason: string, message: string, details: object = {}): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
  details,
})
