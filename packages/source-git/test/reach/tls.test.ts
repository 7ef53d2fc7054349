import { describe, expect, test } from 'vitest'
import { certificateAuthority } from '../../../../tools/control-plane/certificate.ts'
import type { GitTls } from '../../src/index.ts'
import { gitSource } from '../../src/index.ts'
import { calm, errorOf, newRepository, newSource, served } from '../scene.ts'

const authority = certificateAuthority('servers')
const others = certificateAuthority('others')
const server = authority.signServer(['127.0.0.1', 'git.internal'])

async function behindTls(clients?: string): Promise<string> {
  const repository = await newRepository()
  await repository.commit({ files: { 'a.yaml': 'a' } })
  return (await served(repository, { tls: { ...server, ...(clients !== undefined && { clients }) } })).url
}

const resolve = async (url: string, tls?: GitTls) =>
  newSource({ url, ...(tls && { tls }) }).resolve({ signal: calm })

describe('a server that proves who it is by an authority of ours', () => {
  test('is read when that is given, as one of several or alone', async () => {
    const url = await behindTls()
    expect((await resolve(url, { ca: authority.certificate })).kind).toBe('forward')
    expect((await resolve(url, { ca: [others.certificate, Buffer.from(authority.certificate)] })).kind).toBe(
      'forward',
    )
  })

  test.for<[string, GitTls | undefined]>([
    ['without it', undefined],
    ['with another one', { ca: others.certificate }],
    ['under another name', { ca: authority.certificate, servername: 'other.internal' }],
  ])('is CERTIFICATE_NOT_TRUSTED %s', async ([, tls]) => {
    const error = await errorOf(resolve(await behindTls(), tls))
    expect(error).toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED', kind: 'permanent' })
  })

  test('is read under the name its certificate is for', async () => {
    const found = await resolve(await behindTls(), { ca: authority.certificate, servername: 'git.internal' })
    expect(found.kind).toBe('forward')
  })
})

describe('a server that wants a certificate', () => {
  const client = others.sign({ name: 'mooring', groups: [] })

  test('is read with one', async () => {
    const url = await behindTls(others.certificate)
    const tls = { ca: authority.certificate, cert: client.certificate, key: client.key }
    expect((await resolve(url, tls)).kind).toBe('forward')
  })

  test('is not read without one', async () => {
    const error = await errorOf(resolve(await behindTls(others.certificate), { ca: authority.certificate }))
    expect(error.code).toBe('REPOSITORY_UNREACHABLE')
  })
})

const url = 'https://git.example.com/env'
const { certificate: cert, key } = authority.sign({ name: 'mooring', groups: [] })

test.for<[string, Parameters<typeof gitSource>[0]]>([
  ['a certificate without its key', { url, tls: { cert } }],
  ['a key without its certificate', { url, tls: { key } }],
  ['a key of another certificate', { url, tls: { cert, key: server.key } }],
  ['nonsense', { url, tls: { cert: 's3cret', key: 's3cret' } }],
  ['a name that is none', { url, tls: { servername: 'a b' } }],
  ['anything for http://', { url: 'http://git.example.com/env', tls: {} }],
  ['anything for a folder', { url: '/srv/env', tls: {} }],
])('%s is INVALID_OPTION at once, and not repeated', async ([, options]) => {
  const error = await errorOf(() => gitSource(options))
  expect(error.code).toBe('INVALID_OPTION')
  const said = JSON.stringify([error.message, error.hint, String(error.cause)])
  expect(said).not.toMatch(/s3cret|PRIVATE KEY/)
})
