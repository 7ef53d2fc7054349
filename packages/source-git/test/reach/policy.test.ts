import type { LookupAddress } from 'node:dns'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certificateAuthority } from '../../../../tools/control-plane/certificate.ts'
import { type GitPolicy, type GitTls, gitSource } from '../../src/index.ts'
import { limitsFrom } from '../../src/options/limits.ts'
import { isPublicAddress } from '../../src/options/public-address.ts'
import { settingsFrom } from '../../src/options/settings.ts'
import { gitHttp } from '../../src/wire/git-http.ts'
import type { Resolve } from '../../src/wire/guarded-lookup.ts'
import { answering, calm, errorOf, newRepository, newSource, served } from '../scene.ts'
import { httpProxy } from './http-proxy.ts'

describe('an address', () => {
  test.for([
    '127.0.0.1',
    '127.255.0.1',
    '0.0.0.0',
    '0.1.2.3',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '169.254.169.254',
    '168.63.129.16',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:10.0.0.1',
    '::127.0.0.1',
    '64:ff9b::169.254.169.254',
    '64:ff9b::1',
    '64:ff9b:1::1',
    '2002:7f00:1::1',
    '2001::1',
    '2001:db8::1',
    'fe80::1',
    'fe80::1%eth0',
    '2a00::1%eth0',
    'fd00:ec2::254',
    'fc00::1',
    'ff02::1',
    '100::1',
    'nonsense',
    '',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  test.for([
    '1.1.1.1',
    '140.82.121.4',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '::ffff:1.1.1.1',
    '64:ff9b::140.82.121.4',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test('of IPv4 is judged alike in every spelling', () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), (bytes) => {
        const text = bytes.join('.')
        expect(isPublicAddress(`::ffff:${text}`)).toBe(isPublicAddress(text))
        expect(isPublicAddress(`64:ff9b::${text}`)).toBe(isPublicAddress(text))
      }),
    )
  })
})

describe('a policy', () => {
  const make = (url: string, policy: GitPolicy | 'untrusted') => errorOf(() => gitSource({ url, policy }))

  test.for<[string, GitPolicy | 'untrusted']>([
    ['http://git.example.com/x', 'untrusted'],
    ['/srv/git/x', 'untrusted'],
    ['file:///srv/git/x', { schemes: ['https'] }],
    ['git@git.example.com:x', { schemes: ['https'] }],
    ['https://other.example/x', { hosts: ['git.example.com'] }],
    ['https://git.example.com.evil.example/x', { hosts: ['git.example.com'] }],
    ['https://example.com/x', { hosts: ['*.example.com'] }],
    ['https://evilexample.com/x', { hosts: ['*.example.com'] }],
  ])('refuses %s by %j', async ([url, policy]) => {
    expect(await make(url, policy)).toMatchObject({ code: 'URL_NOT_ALLOWED', kind: 'permanent' })
  })

  test.for<[string, GitPolicy | 'untrusted']>([
    ['https://git.example.com/x', 'untrusted'],
    ['https://GIT.example.com./x', { hosts: ['git.example.com'] }],
    ['https://a.b.example.com/x', { hosts: ['*.Example.com'] }],
    ['http://git.example.com/x', { schemes: ['http'], addresses: 'any' }],
  ])('admits %s by %j', ([url, policy]) => {
    expect(() => gitSource({ url, policy })).not.toThrow()
  })

  test.for<GitPolicy>([
    { schemes: ['ftp' as 'http'] },
    { hosts: ['https://git.example.com'] },
    { hosts: ['git.*.com'] },
    { addresses: 'private' as 'any' },
    { alsoAddresses: ['10.0.0.0/33'] },
    { alsoAddresses: ['internal'] },
    { host: ['git.example.com'] } as GitPolicy,
    { hosts: 'git.example.com' } as unknown as GitPolicy,
    { schemes: 'https' } as unknown as GitPolicy,
    { alsoAddresses: [undefined] } as unknown as GitPolicy,
    'trusted' as GitPolicy,
    null as unknown as GitPolicy,
    ['https'] as unknown as GitPolicy,
  ])('%j is INVALID_OPTION', async (policy) => {
    expect((await make('https://git.example.com/x', policy)).code).toBe('INVALID_OPTION')
  })
})

describe('a server at an address that is not public', () => {
  /** A server that notes what it is told, and what it hears before it says anything. */
  async function listening() {
    const heard: (string | undefined)[] = []
    const url = await answering((request, response) => {
      heard.push(request.headers.authorization)
      response.writeHead(404).end()
    })
    return { heard, port: new URL(url).port }
  }
  const policy: GitPolicy = { schemes: ['http', 'https'] }
  const auth = { token: 's3cret' }

  test.for([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'localhost',
  ])('written %s is ADDRESS_NOT_ALLOWED, and hears nothing', async (host) => {
    const { heard, port } = await listening()
    const source = newSource({ url: `http://${host}:${port}/x`, policy, auth })
    expect(await errorOf(source.resolve({ signal: calm }))).toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
      kind: 'permanent',
    })
    expect(heard).toEqual([])
  })

  test('is reached when its network is listed', async () => {
    const { heard, port } = await listening()
    const listed = { ...policy, alsoAddresses: ['127.0.0.0/8'] }
    const source = newSource({ url: `http://127.0.0.1:${port}/x`, policy: listed, auth })
    expect((await errorOf(source.resolve({ signal: calm }))).code).toBe('REPOSITORY_NOT_FOUND')
    expect(heard.length).toBeGreaterThan(0)
  })

  const asked = async (url: string, given: GitPolicy, resolve: Resolve, proxy?: string, tls?: GitTls) => {
    const { location, reach, timeoutMs } = settingsFrom({
      url,
      policy: given,
      auth,
      ...(proxy && { proxy }),
      ...(tls && { tls }),
    })
    if (location.kind === 'local') throw new Error('local')
    const connections = gitHttp({ location, reach, timeoutMs, ...limitsFrom({}) }, resolve)
    const request = { path: '/nowhere', expects: 'x', maxBytes: 1000, signal: calm }
    try {
      return await connections.ask(request)
    } finally {
      await connections.close()
    }
  }
  const always =
    (...addresses: readonly string[]): Resolve =>
    (_host, _options, answer) =>
      answer(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      )

  test('is not reached by a name that began to lead there after it was looked up', async () => {
    const { heard, port } = await listening()
    let lookups = 0
    const rebinding: Resolve = (...args) => always(lookups++ === 0 ? '127.0.0.2' : '127.0.0.1')(...args)
    const url = `http://rebind.example:${port}/x`
    const onlyFirst = { ...policy, alsoAddresses: ['127.0.0.2'] }
    // What was looked up is what is connected to: a second lookup in between does not exist.
    await errorOf(asked(url, onlyFirst, rebinding))
    const error = await errorOf(asked(url, onlyFirst, rebinding))
    expect(error.code).toBe('ADDRESS_NOT_ALLOWED')
    expect(lookups).toBe(2)
    expect(heard).toEqual([])
  })

  test.for([
    ['127.0.0.1', '1.1.1.1'],
    ['1.1.1.1', '127.0.0.1'],
    ['::ffff:169.254.169.254', '::ffff:169.254.169.254'],
    ['fd00:ec2::254', 'fd00:ec2::254'],
  ])('is not reached by a name that leads to %s and %s', async (addresses) => {
    const { heard, port } = await listening()
    const error = await errorOf(asked(`http://mixed.example:${port}/x`, policy, always(...addresses)))
    expect(error.code).toBe('ADDRESS_NOT_ALLOWED')
    expect(error.message).not.toContain('127.0.0.1')
    expect(heard).toEqual([])
  })

  test('is not reached through a proxy, which is asked for checked addresses only', async () => {
    const proxy = await httpProxy()
    const url = 'https://name.example/x'
    const refused = await errorOf(asked(url, {}, always('10.0.0.1'), proxy.url))
    expect(refused.code).toBe('ADDRESS_NOT_ALLOWED')
    expect(proxy.passed).toEqual([])
    const leading = await httpProxy({ leadsTo: 1 })
    await errorOf(asked(url, {}, always('1.1.1.1'), leading.url))
    expect(leading.passed.map(({ line }) => line)).toEqual(['CONNECT 1.1.1.1:443'])
  })

  test('is not asked for through a proxy without TLS, which would look the name up itself', async () => {
    const options = { url: 'http://git.example.com/x', policy, proxy: 'http://proxy.example' }
    expect((await errorOf(() => gitSource(options))).code).toBe('INVALID_OPTION')
  })

  test('with a certificate for its name is reached through a tunnel to its address', async () => {
    const authority = certificateAuthority('servers')
    const repository = await newRepository()
    const { url } = await served(repository, { tls: authority.signServer(['name.example']) })
    const { port, pathname } = new URL(url)
    const proxy = await httpProxy()
    const here = { alsoAddresses: ['127.0.0.1'] }
    const tls = { ca: authority.certificate }
    const address = `https://name.example:${port}${pathname}`
    const error = await errorOf(asked(address, here, always('127.0.0.1'), proxy.url, tls))
    // It was asked for nothing that exists, by the right name and at the right place.
    expect(error.code).toBe('REPOSITORY_NOT_FOUND')
    expect(proxy.passed.map(({ line }) => line)).toEqual([`CONNECT 127.0.0.1:${port}`])
  })
})
