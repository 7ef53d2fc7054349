import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { calm, endWithTest, errorOf, newSource } from '../scene.ts'

/** A server that says on every connection that it goes on in another protocol, and then nothing. */
async function switching(head: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.write(head))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  endWithTest({ [Symbol.asyncDispose]: async () => void server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
}

const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'

test('a server that goes over to another protocol is no Git server, and holds nobody up', async () => {
  const url = await switching(upgrade)
  const source = newSource({ url, limits: { maxRequestsPerHost: 1 } })
  // One place for the whole host: were it lost, the second question would wait for ever.
  for (let time = 0; time < 3; time++) {
    expect(await errorOf(source.resolve({ signal: calm }))).toMatchObject({
      code: 'GIT_PROTOCOL_ERROR',
      kind: 'permanent',
    })
  }
  await source[Symbol.asyncDispose]()
})

test('a server that goes over to another protocol without naming one ends with the time', async () => {
  const url = await switching('HTTP/1.1 101 Switching Protocols\r\n\r\n')
  const source = newSource({ url, timeoutMs: 300 })
  expect((await errorOf(source.resolve({ signal: calm }))).code).toMatch(
    /^(REPOSITORY_UNREACHABLE|GIT_PROTOCOL_ERROR)$/,
  )
})
