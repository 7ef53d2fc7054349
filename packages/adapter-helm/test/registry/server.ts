import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A server for tests, on this machine alone. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** What was asked: method, path and Authorization, in order. */
  readonly asked: string[]
}

/** What a server answers, by path without its query: content, or a function. */
export type Answers = Readonly<
  Record<string, string | Uint8Array | ((request: IncomingMessage, response: ServerResponse) => void)>
>

/** Starts a server that knows these paths. */
export async function serve(
  answers: Answers | (() => Answers),
  tls?: { readonly key: string; readonly cert: string },
): Promise<TestServer> {
  const asked: string[] = []
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    asked.push([request.url, request.headers.authorization].filter(Boolean).join(' '))
    const answer = (typeof answers === 'function' ? answers() : answers)[path]
    if (typeof answer === 'function') return answer(request, response)
    response.writeHead(answer === undefined ? 404 : 200).end(answer)
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
