import { describe, expect, test } from 'vitest'
import { certificateAuthority } from '../../../../tools/control-plane/certificate.ts'
import { gitSource, proxyFromEnvironment } from '../../src/index.ts'
import { calm, errorOf, newRepository, newSource, served } from '../scene.ts'
import { httpProxy } from './http-proxy.ts'

const authority = certificateAuthority('servers')
const certificate = authority.signServer(['127.0.0.1'])
const tls = { ca: authority.certificate }
const shown = `Basic ${Buffer.from('ada:s3cret/1').toString('base64')}`

async function repositoryBehind(isSecure: boolean): Promise<string> {
  const repository = await newRepository()
  await repository.commit({ files: { 'a.yaml': 'a' } })
  const { url } = await served(repository, {
    auth: { token: 'token' },
    ...(isSecure && { tls: certificate }),
  })
  return url
}

describe('a proxy', () => {
  test('tunnels https:// to the server, and sees nothing of what is said', async () => {
    const url = await repositoryBehind(true)
    const proxy = await httpProxy()
    const source = newSource({ url, tls, proxy: proxy.url, auth: { token: 'token' } })
    const { revision } = await source.resolve({ signal: calm })
    await source.resolve({ since: revision, signal: calm })
    expect(new Set(proxy.passed.map(({ line }) => line))).toEqual(new Set([`CONNECT ${new URL(url).host}`]))
  })

  test('is shown the credentials in its URL, and the server is not', async () => {
    const proxy = await httpProxy({ authorization: shown })
    for (const isSecure of [true, false]) {
      const url = await repositoryBehind(isSecure)
      const source = newSource({
        url,
        ...(isSecure && { tls }),
        proxy: `http://ada:s3cret%2F1@${proxy.host}`,
        auth: { token: 'token' },
      })
      expect((await source.resolve({ signal: calm })).kind).toBe('forward')
    }
    expect(proxy.passed.every(({ authorization }) => authorization === shown)).toBe(true)
  })

  test('is told whole URLs of http:// servers', async () => {
    const url = await repositoryBehind(false)
    const proxy = await httpProxy()
    await newSource({ url, proxy: () => proxy.url, auth: { token: 'token' } }).resolve({ signal: calm })
    expect(proxy.passed.map(({ line }) => line)).toContain(`POST ${url}/git-upload-pack`)
  })

  test.for([true, false])(
    'that refuses is PROXY_REFUSED, and its credentials show nowhere (TLS: %s)',
    async (isSecure) => {
      const url = await repositoryBehind(isSecure)
      const proxy = await httpProxy({ authorization: 'Basic other' })
      const source = newSource({
        url,
        ...(isSecure && { tls }),
        proxy: `http://ada:s3cret%2F1@${proxy.host}`,
        auth: { token: 'token' },
      })
      const error = await errorOf(source.resolve({ signal: calm }))
      expect(error).toMatchObject({ code: 'PROXY_REFUSED', kind: 'permanent' })
      const said = JSON.stringify([error.message, error.hint, error.stack, String(error.cause)])
      for (const secret of ['s3cret', shown.slice(6), 'token']) expect(said).not.toContain(secret)
    },
  )

  test('that is gone is REPOSITORY_UNREACHABLE, and named', async () => {
    const source = newSource({ url: 'https://git.example.com/env', proxy: 'http://ada:s3cret@127.0.0.1:1' })
    const error = await errorOf(source.resolve({ signal: calm }))
    expect(error).toMatchObject({ code: 'REPOSITORY_UNREACHABLE', kind: 'transient' })
    expect(error.message).toContain('http://127.0.0.1:1')
  })

  test('that never answers is left at the deadline', async () => {
    const proxy = await httpProxy()
    const blackHole = await httpProxy()
    const source = newSource({
      url: `https://${blackHole.host}/env`,
      proxy: proxy.url,
      timeoutMs: 100,
    })
    const error = await errorOf(source.resolve({ signal: calm }))
    expect(error.code).toBe('REPOSITORY_UNREACHABLE')
  })

  test.for(['socks5://127.0.0.1:1080', 'proxy:3128', 'http://proxy/path', '', 'http://%zz:x@proxy'])(
    '%j is INVALID_OPTION',
    async (proxy) => {
      expect((await errorOf(() => gitSource({ url: 'https://git.example.com/env', proxy }))).code).toBe(
        'INVALID_OPTION',
      )
    },
  )
})

describe('the environment', () => {
  const environment = {
    https_proxy: 'http://secure:1',
    http_proxy: 'plain:2',
    NO_PROXY:
      'internal.example, .corp.example,*.star.example 10.0.0.0/8,192.168.7.7,port.example:8443,[fd00::1]',
  }

  test.for<[string, string | undefined]>([
    ['https://git.example.com/x', 'http://secure:1'],
    ['http://git.example.com/x', 'http://plain:2'],
    ['https://internal.example/x', undefined],
    ['https://INTERNAL.example/x', undefined],
    ['https://git.internal.example/x', undefined],
    ['https://notinternal.example/x', 'http://secure:1'],
    ['https://git.corp.example/x', undefined],
    ['https://corp.example/x', undefined],
    ['https://a.star.example/x', undefined],
    ['https://10.20.30.40/x', undefined],
    ['https://11.0.0.1/x', 'http://secure:1'],
    ['https://192.168.7.7/x', undefined],
    ['https://7.192.168.7.7.example/x', 'http://secure:1'],
    ['https://port.example:8443/x', undefined],
    ['https://port.example/x', 'http://secure:1'],
    ['https://[fd00::1]/x', undefined],
    ['https://[fd00::2]/x', 'http://secure:1'],
  ])('leads %s through %s', ([url, expected]) => {
    expect(proxyFromEnvironment(environment)(url)).toBe(expected)
  })

  test('that excludes everything leads through none', () => {
    expect(
      proxyFromEnvironment({ ALL_PROXY: 'http://p', no_proxy: '*' })('https://a.example'),
    ).toBeUndefined()
  })

  test('gives lower case first, and ALL_PROXY last', () => {
    const choose = proxyFromEnvironment({
      https_proxy: 'http://lower',
      HTTPS_PROXY: 'http://upper',
      ALL_PROXY: 'http://all',
    })
    expect(choose('https://a.example')).toBe('http://lower')
    expect(choose('http://a.example')).toBe('http://all')
  })

  test('does not believe HTTP_PROXY, which requests to CGI programs can set', () => {
    expect(proxyFromEnvironment({ HTTP_PROXY: 'http://evil' })('http://a.example')).toBeUndefined()
  })
})
