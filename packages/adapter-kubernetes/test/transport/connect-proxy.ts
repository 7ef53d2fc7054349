import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A proxy for tunnels (CONNECT) that wants this user name and password, percent-encoded; stops after the test. */
export async function connectProxy(
  credentials: string,
): Promise<{ readonly url: string; readonly tunnels: readonly string[] }> {
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const expected = `Basic ${btoa(decodeURIComponent(credentials))}`
  const server = createServer().on('connect', ({ url = '', headers }, downstream: Socket) => {
    sockets.add(downstream.on('error', () => downstream.destroy()))
    if (headers['proxy-authorization'] !== expected) {
      downstream.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    tunnels.push(url)
    const [host, port] = url.split(':')
    const upstream = connect(Number(port), host, () => {
      downstream.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(downstream).pipe(upstream)
    })
    sockets.add(upstream.on('error', () => downstream.destroy()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://${credentials}@127.0.0.1:${port}`, tunnels }
}
