import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type FaultProxy, faultProxy } from './index.ts'

/** A server that answers with what it is told, behind a proxy. */
async function scene(): Promise<{ readonly proxy: FaultProxy; readonly dial: () => Promise<Socket> }> {
  const { port } = await echoServer('')
  const proxy = await faultProxy({ host: '127.0.0.1', port })
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  return { proxy, dial: () => dial(proxy.port) }
}

async function echoServer(prefix: string): Promise<{ readonly port: number }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => void socket.write(Buffer.concat([Buffer.from(prefix), chunk])))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return server.address() as AddressInfo
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** What comes back, as soon as there are this many bytes. */
async function received(socket: Socket, bytes: number): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString()
    if (text.length >= bytes) break
  }
  return text
}

test('passes bytes both ways and counts them', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  socket.write('hello')
  expect(await received(socket, 5)).toBe('hello')
  expect(proxy.counts()).toEqual({ connections: 1, open: 1, bytesUp: 5, bytesDown: 5 })
})

test('a closed connection is closed on the other side and no longer open', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  socket.end('bye')
  expect(await received(socket, 3)).toBe('bye')
  await once(socket.resume(), 'close')
  await expect.poll(() => proxy.counts().open).toBe(0)
})

test('latency delays each way and keeps the order, also when it changes', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  proxy.latency(60)
  const began = performance.now()
  socket.write('a')
  expect(await received(socket, 1)).toBe('a')
  expect(performance.now() - began).toBeGreaterThanOrEqual(115)
  socket.write('b')
  await expect.poll(() => proxy.counts().bytesUp, { interval: 1 }).toBe(2)
  await proxy.restore()
  socket.write('c')
  expect(await received(socket, 2)).toBe('bc')
})

test('bandwidth spreads bytes over time', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  proxy.bandwidth(100_000)
  const began = performance.now()
  socket.write(Buffer.alloc(10_000, 'x'))
  expect(await received(socket, 10_000)).toHaveLength(10_000)
  expect(performance.now() - began).toBeGreaterThanOrEqual(190)
})

test('a reset ends open connections with ECONNRESET and lets new ones in', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  socket.write('x')
  await received(socket, 1)
  const error = once(socket, 'error')
  proxy.reset()
  expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' })
  const another = await dial()
  another.write('y')
  expect(await received(another, 1)).toBe('y')
})

test('a swallowed direction says nothing and ends nothing', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  proxy.swallow('down')
  socket.write('asked')
  await expect.poll(() => proxy.counts()).toMatchObject({ bytesUp: 5, bytesDown: 0, open: 1 })
  expect(socket.readableLength).toBe(0)
  expect(socket.destroyed).toBe(false)
})

test('what was swallowed stays lost, and new connections work after restore', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  proxy.swallow()
  socket.write('lost')
  const late = await dial()
  await proxy.restore()
  // The dead one is told later, on a connection that the proxy serves in order.
  late.write('heard')
  expect(await received(late, 5)).toBe('heard')
  socket.write('more')
  late.write('again')
  expect(await received(late, 5)).toBe('again')
  expect(proxy.counts()).toMatchObject({ bytesUp: 10, bytesDown: 10, open: 2 })
})

test('cuts after so many bytes of an answer', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  proxy.cutAfter({ down: 4 })
  const error = once(socket, 'error')
  socket.write('12345678')
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' })
  expect(text === '' || text === '1234').toBe(true)
  expect(proxy.counts()).toMatchObject({ bytesUp: 8, bytesDown: 4, open: 0 })
})

test('cuts after so many bytes of a request', async () => {
  const { proxy, dial } = await scene()
  proxy.cutAfter({ up: 3 })
  const socket = await dial()
  const error = once(socket, 'error')
  socket.write('12345678')
  expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' })
  expect(proxy.counts()).toMatchObject({ bytesUp: 3, open: 0 })
})

test('refuses new connections, keeps the open ones, and listens again on the same port', async () => {
  const { proxy, dial } = await scene()
  const socket = await dial()
  await proxy.refuse()
  await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  socket.write('still')
  expect(await received(socket, 5)).toBe('still')
  await proxy.restore()
  const another = await dial()
  another.write('back')
  expect(await received(another, 4)).toBe('back')
})

test('leads new connections elsewhere', async () => {
  const { proxy, dial } = await scene()
  proxy.leadTo({ host: '127.0.0.1', ...(await echoServer('other ')) })
  const socket = await dial()
  socket.write('x')
  expect(await received(socket, 7)).toBe('other x')
})

test('a server that is down resets the client', async () => {
  const { proxy } = await scene()
  proxy.leadTo({ host: '127.0.0.1', port: 1 })
  const socket = connect(proxy.port, '127.0.0.1')
  expect((await once(socket, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' })
})
