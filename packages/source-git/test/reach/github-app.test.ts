import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { certificateAuthority } from '../../../../tools/control-plane/certificate.ts'
import { type GithubAppOptions, githubApp } from '../../src/index.ts'
import { calm, errorOf, newRepository, newSource, served } from '../scene.ts'

const authority = certificateAuthority('servers')
const certificate = authority.signServer(['127.0.0.1'])
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const start = Date.parse('2026-01-01T00:00:00Z')

/** Speaks as GitHub's documentation says of `POST /app/installations/{installation_id}/access_tokens`. */
async function github(answer: { readonly status?: number; readonly body?: string } = {}) {
  const asked: {
    readonly path: string
    readonly headers: Readonly<Record<string, unknown>>
    readonly body: unknown
  }[] = []
  let at = start
  let given = 0
  const server = createServer(
    { cert: certificate.certificate, key: certificate.key },
    (request, response) => {
      void answerTo(request, response)
    },
  )
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push({
      path: `${request.method} ${request.url}`,
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    })
    const body = {
      token: `ghs_${++given}`,
      expires_at: new Date(at + 3_600_000).toISOString().replace('.000', ''),
      permissions: { contents: 'read', metadata: 'read' },
      repository_selection: 'selected',
    }
    response.writeHead(answer.status ?? 201, { 'content-type': 'application/json; charset=utf-8' })
    response.end(answer.body ?? JSON.stringify(body))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const options: GithubAppOptions = {
    appId: 12345,
    installationId: 678,
    privateKey: pem,
    apiUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3/`,
    tls: { ca: authority.certificate },
    now: () => at,
  }
  return {
    options,
    asked,
    wait: (ms: number) => {
      at += ms
    },
  }
}

const ask = { isRejected: false, signal: calm }

test('a GitHub that goes over to another protocol gives no token, and is asked anew the next time', async () => {
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, () => undefined)
  let asked = 0
  server.on('connection', () => asked++)
  server.on('request', (request) => {
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const apiUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const auth = githubApp({
    appId: 1,
    installationId: 2,
    privateKey: pem,
    apiUrl,
    tls: { ca: authority.certificate },
  })
  expect((await errorOf(auth(ask))).code).toBe('REPOSITORY_UNREACHABLE')
  expect((await errorOf(auth(ask))).code).toBe('REPOSITORY_UNREACHABLE')
  expect(asked).toBe(2)
})

describe('a GitHub App', () => {
  test('is given a token for reading, for an assertion that its key has signed', async () => {
    const { options, asked } = await github()
    expect(await githubApp({ ...options, repositories: ['env'] })(ask)).toEqual({ token: 'ghs_1' })
    const [{ path, headers, body } = { path: '', headers: {}, body: {} }] = asked
    expect(path).toBe('POST /api/v3/app/installations/678/access_tokens')
    expect(body).toEqual({ permissions: { contents: 'read' }, repositories: ['env'] })
    expect(headers).toMatchObject({
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    })
    const [head = '', claims = '', signature = ''] = String(headers.authorization)
      .replace('Bearer ', '')
      .split('.')
    const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(decode(head)).toEqual({ alg: 'RS256', typ: 'JWT' })
    expect(decode(claims)).toEqual({ iss: '12345', iat: start / 1000 - 60, exp: start / 1000 + 540 })
    expect(
      verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url')),
    ).toBe(true)
  })

  test('keeps its token until five minutes before its end', async () => {
    const { options, asked, wait } = await github()
    const app = githubApp(options)
    await app(ask)
    wait(54 * 60_000)
    expect(await app(ask)).toEqual({ token: 'ghs_1' })
    wait(2 * 60_000)
    expect(await app(ask)).toEqual({ token: 'ghs_2' })
    expect(asked.length).toBe(2)
  })

  test('asks once for all who ask at the same time', async () => {
    const { options, asked } = await github()
    const app = githubApp(options)
    const tokens = await Promise.all(Array.from({ length: 50 }, () => app(ask)))
    expect(new Set(tokens.map((token) => JSON.stringify(token))).size).toBe(1)
    expect(asked.length).toBe(1)
  })

  test('asks again when the server has refused its token, and after a failure', async () => {
    const { options } = await github()
    const app = githubApp(options)
    await app(ask)
    expect(await app({ ...ask, isRejected: true })).toEqual({ token: 'ghs_2' })
  })

  test('opens a repository', async () => {
    const { options } = await github()
    const repository = await newRepository()
    await repository.commit({ files: { a: 'a' } })
    const { url } = await served(repository, { auth: { username: 'x-access-token', password: 'ghs_1' } })
    const source = newSource({ url, auth: githubApp(options) })
    expect((await source.resolve({ signal: calm })).kind).toBe('forward')
  })

  test.for<[number, string, string]>([
    [401, 'AUTHENTICATION_FAILED', 'permanent'],
    [404, 'AUTHENTICATION_FAILED', 'permanent'],
    [422, 'AUTHENTICATION_FAILED', 'permanent'],
    [500, 'REPOSITORY_UNREACHABLE', 'transient'],
    [200, 'REPOSITORY_UNREACHABLE', 'transient'],
  ])('that is answered %i is %s (%s), without what was said', async ([status, code, kind]) => {
    const { options, asked } = await github({ status, body: '{"message":"ghs_secret"}' })
    const error = await errorOf(githubApp(options)(ask))
    expect(error).toMatchObject({ code, kind })
    const said = inspect(error, { depth: null })
    expect(said).not.toContain('ghs_secret')
    expect(said).not.toContain(String(asked[0]?.headers.authorization).slice(7))
  })

  test.for([
    '',
    'no json',
    '{}',
    '{"token":7}',
    '{"token":"x","expires_at":"soon"}',
    'null',
    'x'.repeat(300_000),
  ])('that is answered nonsense is REPOSITORY_UNREACHABLE', async (body) => {
    const { options } = await github({ body })
    expect((await errorOf(githubApp(options)(ask))).code).toBe('REPOSITORY_UNREACHABLE')
  })

  test('asks nobody whose certificate is not trusted', async () => {
    const { options, asked } = await github()
    const { tls: _, ...others } = options
    expect((await errorOf(githubApp(others)(ask))).code).toBe('CERTIFICATE_NOT_TRUSTED')
    expect(asked).toEqual([])
  })
})

test.for<[string, Partial<GithubAppOptions>]>([
  ['an id that is none', { appId: '../1' }],
  ['an installation that is none', { installationId: '' }],
  ['a key that is none', { privateKey: `s3cret ${createHash('sha256').digest('hex')}` }],
  ['an API without TLS', { apiUrl: 'http://api.github.com' }],
  ['credentials in the URL', { apiUrl: 'https://ada:s3cret@api.github.com' }],
])('%s is INVALID_OPTION', async ([, options]) => {
  const error = await errorOf(() => githubApp({ appId: 1, installationId: 2, privateKey: pem, ...options }))
  expect(error.code).toBe('INVALID_OPTION')
  expect(inspect(error)).not.toContain('s3cret')
})
