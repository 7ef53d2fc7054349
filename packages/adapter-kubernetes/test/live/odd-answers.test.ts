import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { testCall } from '@mooring/core/testing'
import { expect, onTestFinished, test } from 'vitest'

const key = '/ConfigMap/shop/a'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers discovery as an API server does, and everything else as the test says. */
async function answering(answer: Answer) {
  const discovery = {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [
      {
        metadata: { name: '' },
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: [
              {
                resource: 'configmaps',
                responseKind: { group: '', version: 'v1', kind: 'ConfigMap' },
                scope: 'Namespaced',
                singularResource: 'configmap',
                verbs: ['get', 'list', 'watch', 'patch', 'delete'],
              },
            ],
          },
        ],
      },
    ],
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/api') return json(response, 200, discovery)
    if (pathname === '/apis') return json(response, 200, { ...discovery, items: [] })
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const cluster = { name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } }
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [cluster],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [context],
    'current-context': 'c',
  })
  const target = kubernetesCluster({ kubeconfig: { text } }).target()
  onTestFinished(async () => {
    await target[Symbol.asyncDispose]()
    server.close()
    server.closeAllConnections()
  })
  return { target, call: testCall() }
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
const isWatch = ({ url = '' }: IncomingMessage): boolean => url.includes('watch=1')
const empty = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '5' }, items: [] }

for (const [title, answer] of [
  ['a sign-in page', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
  ['a list without items', (_, response) => json(response, 200, { kind: 'Status', status: 'Success' })],
  [
    'half of a JSON text',
    (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"it'),
  ],
  ['an error of its own', (_, response) => json(response, 500, { reason: 'no' })],
  ['no answer', (request) => request.socket.destroy()],
] as readonly (readonly [string, Answer])[]) {
  test(`${title} in place of a list is an error that may pass, never absent`, async () => {
    const { target, call } = await answering(answer)
    await expect(target.observe([key], call)).rejects.toMatchObject({ kind: 'transient' })
  })
}

test('a 404 without a Status for one object is an error, never absent', async () => {
  const { target, call } = await answering((request, response) => {
    if (isWatch(request)) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    else if (request.url?.includes('/configmaps/a')) response.writeHead(404).end('404 page not found')
    else json(response, 200, empty)
  })
  await expect(target.observe([key], call)).rejects.toMatchObject({ code: 'TYPE_NOT_SERVED' })
})

test('a watch that tells garbage is dialled again, and is not dialled without pause', async () => {
  let dials = 0
  const { target, call } = await answering((request, response) => {
    if (!isWatch(request)) return json(response, 200, empty)
    dials++
    response.writeHead(200, { 'content-type': 'application/json' }).end('this is no event\n')
  })
  await target.observe([key], call).catch(() => undefined)
  await expect.poll(() => dials, { timeout: 5_000 }).toBe(2)
  await expect(target.observe([key], call)).rejects.toMatchObject({ code: 'ANSWER_NOT_UNDERSTOOD' })
  expect(dials).toBe(2)
})

test('while everything is answered with 429, a look throws and few requests are sent', async () => {
  let requests = 0
  const { target, call } = await answering((_, response) => {
    requests++
    response.setHeader('retry-after', '30')
    json(response, 429, { kind: 'Status', status: 'Failure', reason: 'TooManyRequests', code: 429 })
  })
  await Promise.all(
    Array.from({ length: 50 }, () =>
      expect(target.observe([key], call)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' }),
    ),
  )
  expect(requests).toBe(1)
}, 20_000)
