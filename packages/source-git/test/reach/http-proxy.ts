import { once } from 'node:events'
import { request as ask, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a proxy was asked to do. */
export interface Passed {
  /** `CONNECT 127.0.0.1:443`, `GET http://…`. */
  readonly line: string
  readonly authorization: string | undefined
}

/** An HTTP proxy on this machine that tunnels and forwards, and ends with the test. */
export async function httpProxy(
  options: { readonly authorization?: string; readonly leadsTo?: number } = {},
): Promise<{ readonly url: string; readonly host: string; readonly passed: readonly Passed[] }> {
  const passed: Passed[] = []
  const server = createServer((request, response) => {
    const target = request.url ?? ''
    const authorization = request.headers['proxy-authorization']
    passed.push({ line: `${request.method} ${target}`, authorization })
    if (options.authorization !== undefined && authorization !== options.authorization) {
      response.writeHead(407, { 'x-echo': authorization }).end(authorization)
      return
    }
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = ask(target, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.on('connect', (request, socket) => {
    const authorization = request.headers['proxy-authorization']
    passed.push({ line: `CONNECT ${request.url}`, authorization })
    socket.on('error', () => socket.destroy())
    if (options.authorization !== undefined && authorization !== options.authorization) {
      socket.end(`HTTP/1.1 407 No\r\nx-echo: ${authorization}\r\n\r\n`)
      return
    }
    const [, host = '', port = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(request.url ?? '') ?? []
    const onward = connect(
      options.leadsTo ?? Number(port),
      options.leadsTo === undefined ? host : '127.0.0.1',
    )
    onward.on('error', () => socket.destroy())
    onward.on('connect', () => {
      socket.write('HTTP/1.1 200 Here you are\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: `http://${host}`, host, passed }
}
