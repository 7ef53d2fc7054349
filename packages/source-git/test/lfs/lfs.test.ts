import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificateAuthority } from '../../../../tools/control-plane/certificate.ts'
import { type TestRepository, testRepository } from '../../../../tools/git-repository/index.ts'
import {
  type KeptFile,
  type LfsServer,
  type LfsServerOptions,
  lfsServer,
} from '../../../../tools/lfs-server/index.ts'
import { type GitSource, type GitSourceOptions, gitSource } from '../../src/index.ts'
import {
  answering,
  calm,
  endWithTest,
  errorOf,
  newRepository,
  newSource,
  openNewest,
  served,
  textAt,
} from '../scene.ts'

const auth = { token: 's3cret' }
const shown = `Basic ${Buffer.from('x-access-token:s3cret').toString('base64')}`

interface Scene {
  readonly lfs: LfsServer
  readonly url: string
  readonly kept: readonly KeptFile[]
  readonly source: GitSource
}

/** A repository with files that LFS keeps: `0.bin`, `1.bin`, … */
async function scene(
  contents: readonly string[],
  { source = {}, ...server }: LfsServerOptions & { readonly source?: Partial<GitSourceOptions> } = {},
): Promise<Scene> {
  const repository = await newRepository()
  const lfs = lfsServer({ authorization: shown, ...server })
  const kept = contents.map((content) => lfs.put(content))
  const files = Object.fromEntries(kept.map(({ pointer }, index) => [`${index}.bin`, pointer]))
  await repository.commit({ files: { ...files, 'plain.yaml': 'plain' } })
  const { url } = await served(repository, { auth, onRequest: lfs.onRequest })
  return { lfs, url, kept, source: newSource({ url, auth, lfs: true, ...source }) }
}

const readError = async ({ source }: Scene, path = '0.bin') =>
  errorOf((await openNewest(source)).read(path, { signal: calm }))

/** One object that the server says to be elsewhere. */
const at =
  (href: unknown, header?: unknown): NonNullable<LfsServerOptions['object']> =>
  ({ oid, size }) => ({ oid, size, actions: { download: { href, header } } })

/** A whole answer. */
const says =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = '') =>
  (response: ServerResponse): true => {
    response.writeHead(status, headers).end(body)
    return true
  }

let shared: TestRepository
beforeAll(async () => {
  shared = await testRepository()
  await shared.commit({ files: { '0.bin': lfsServer().put('large').pointer, 'plain.yaml': 'plain' } })
})
afterAll(() => shared[Symbol.asyncDispose]())

/** One file of LFS in a repository of this machine, and a server that may be hostile. */
async function hostile(server: LfsServerOptions, options: Partial<GitSourceOptions> = {}): Promise<Scene> {
  const lfs = lfsServer({ authorization: shown, ...server })
  const kept = [lfs.put('large')]
  const url = await answering((request, response) => void lfs.onRequest(request, response))
  return {
    lfs,
    url,
    kept,
    source: newSource({ url: shared.path, lfs: { url: `${url}/info/lfs`, auth }, ...options }),
  }
}

describe('a file that LFS keeps', () => {
  test('is read, with the digest of its pointer and without a question for that', async () => {
    const { source, lfs } = await scene(['large'])
    const snapshot = await openNewest(source)
    const digest = await snapshot.digestOf('0.bin', { signal: calm })
    expect(digest).toMatch(/^[0-9a-f]{40}$/)
    expect(lfs.requests()).toEqual([])
    expect(await textAt(snapshot, '0.bin')).toBe('large')
    expect(await snapshot.digestOf('0.bin', { signal: calm })).toBe(digest)
    expect(await textAt(snapshot, 'plain.yaml')).toBe('plain')
  })

  test('is asked for with the credentials of the repository, and downloaded with what the server said alone', async () => {
    const { source, lfs } = await scene(['large'])
    await textAt(await openNewest(source), '0.bin')
    const [batch, content] = lfs.requests()
    expect(batch?.headers.authorization).toBe(shown)
    expect(content?.headers.authorization).toBeUndefined()
    expect(content?.headers['x-pass']).toMatch(/^pass-/)
  })

  test('is asked for with others that are wanted at the same time, a hundred in one question', async () => {
    const { source, lfs } = await scene(Array.from({ length: 120 }, (_, index) => `file ${index}`))
    const snapshot = await openNewest(source)
    await textAt(snapshot, 'plain.yaml')
    await snapshot.list('', { signal: calm })[Symbol.asyncIterator]().next()
    const texts = await Promise.all(
      Array.from({ length: 120 }, (_, index) => textAt(snapshot, `${index}.bin`)),
    )
    expect(texts[119]).toBe('file 119')
    const questions = lfs.requests().flatMap(({ objects }) => objects ?? [])
    expect(questions.reduce((sum, each) => sum + each, 0)).toBe(120)
    expect(Math.max(...questions)).toBeLessThanOrEqual(100)
    expect(questions.length).toBeLessThan(10)
  })

  test('is downloaded once, however many read it and whichever revision it is in', async () => {
    const { source, lfs } = await scene(['large'])
    const snapshot = await openNewest(source)
    await Promise.all([textAt(snapshot, '0.bin'), textAt(snapshot, '0.bin')])
    await textAt(await openNewest(source), '0.bin')
    expect(lfs.requests().map(({ method }) => method)).toEqual(['POST', 'GET'])
    expect(source.metrics().requests).toBeGreaterThan(2)
  })

  test('may be empty, and is then not asked for', async () => {
    const { source } = await scene([''])
    expect(await textAt(await openNewest(source), '0.bin')).toBe('')
  })

  test('that the server does not have is an error of its own, and leaves the others in the same question readable', async () => {
    const { source, lfs } = await scene(['large', 'gone'], {
      object: ({ oid, size, ...object }) => ({
        oid,
        size,
        ...(size === 4 ? { error: { code: 404 } } : object),
      }),
    })
    const snapshot = await openNewest(source)
    await textAt(snapshot, 'plain.yaml')
    const [large, gone] = await Promise.all([
      textAt(snapshot, '0.bin'),
      errorOf(snapshot.read('1.bin', { signal: calm })),
    ])
    expect([large, gone.code]).toEqual(['large', 'LFS_OBJECT_MISSING'])
    expect(
      lfs
        .requests()
        .flatMap(({ objects }) => objects ?? [])
        .reduce((sum, each) => sum + each, 0),
    ).toBe(2)
  })

  test('is asked for where the options say, whatever a .lfsconfig in the repository does', async () => {
    const heard: (string | undefined)[] = []
    const evil = await answering((request, response) => {
      heard.push(request.headers.authorization)
      response.end()
    })
    const lfs = lfsServer({ authorization: shown })
    const { pointer } = lfs.put('large')
    const repository = await newRepository()
    await repository.commit({ files: { '0.bin': pointer, '.lfsconfig': `[lfs]\n\turl = ${evil}\n` } })
    const { url } = await served(repository, { auth, onRequest: lfs.onRequest })
    expect(await textAt(await openNewest(newSource({ url, auth, lfs: true })), '0.bin')).toBe('large')
    expect(heard).toEqual([])
  })

  test('leaves alone whoever gives up, and serves whoever stays', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { source } = await scene(['large'], {
      onContent: (response, content) => {
        void held.then(() => response.end(content))
        return true
      },
    })
    const snapshot = await openNewest(source)
    const leaving = new AbortController()
    const left = snapshot.read('0.bin', { signal: leaving.signal })
    const stays = textAt(snapshot, '0.bin')
    leaving.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    release()
    expect(await stays).toBe('large')
  })
})

describe('an LFS server', () => {
  test.for<[string, LfsServerOptions, string]>([
    ['gives other content of the same size', { onContent: says(200, {}, 'LARGE') }, 'LFS_OBJECT_CORRUPT'],
    ['gives too little', { onContent: says(200, {}, 'lar') }, 'LFS_OBJECT_CORRUPT'],
    ['gives more than it should', { onContent: says(200, {}, 'large and more') }, 'LFS_OBJECT_CORRUPT'],
    [
      'says it has one of another size',
      { object: (object) => ({ ...object, size: 4 }) },
      'LFS_OBJECT_MISSING',
    ],
    [
      'does not have it',
      { object: ({ oid, size }) => ({ oid, size, error: { code: 404, message: 'no' } }) },
      'LFS_OBJECT_MISSING',
    ],
    ['says nothing about it', { object: () => undefined }, 'LFS_OBJECT_MISSING'],
    ['gives no address', { object: ({ oid, size }) => ({ oid, size }) }, 'LFS_OBJECT_MISSING'],
    [
      'redirects the download',
      {
        onContent: says(302, { location: 'http://127.0.0.1:1/' }),
      },
      'GIT_REDIRECTED',
    ],
    [
      'redirects the question',
      {
        onBatch: says(307, { location: 'http://127.0.0.1:1/' }),
      },
      'GIT_REDIRECTED',
    ],
    ['is not there', { onBatch: says(404) }, 'LFS_NOT_AVAILABLE'],
    ['refuses the question', { onBatch: says(422) }, 'LFS_PROTOCOL_ERROR'],
    ['fails', { onBatch: says(500) }, 'REPOSITORY_UNREACHABLE'],
    ['wants to be left alone', { onBatch: says(429, { 'retry-after': '0' }) }, 'RATE_LIMITED'],
    ['answers with a web page', { onBatch: says(200, {}, '<html>') }, 'LFS_PROTOCOL_ERROR'],
    ['answers with another shape', { onBatch: says(200, {}, '{"objects":{}}') }, 'LFS_PROTOCOL_ERROR'],
    ['answers with null', { onBatch: says(200, {}, 'null') }, 'LFS_PROTOCOL_ERROR'],
    [
      'wants another transfer',
      { onBatch: says(200, {}, '{"transfer":"tus","objects":[]}') },
      'LFS_PROTOCOL_ERROR',
    ],
    [
      'hashes otherwise',
      { onBatch: says(200, {}, '{"hash_algo":"md5","objects":[]}') },
      'LFS_PROTOCOL_ERROR',
    ],
    ['names a file of this machine', { object: at('file:///etc/passwd') }, 'LFS_PROTOCOL_ERROR'],
    ['names no address', { object: at('/content') }, 'LFS_PROTOCOL_ERROR'],
    [
      'names an address with credentials',
      { object: at('http://ada:pw@127.0.0.1:1/x') },
      'LFS_PROTOCOL_ERROR',
    ],
    [
      'names an address with line breaks',
      { object: at('http://127.0.0.1:1/x\r\nhost: evil') },
      'LFS_PROTOCOL_ERROR',
    ],
    [
      'names an endless address',
      { object: at(`http://127.0.0.1:1/${'x'.repeat(20_000)}`) },
      'LFS_PROTOCOL_ERROR',
    ],
    ['names an address that is none', { object: at(7) }, 'LFS_PROTOCOL_ERROR'],
    ['leads elsewhere in the clear', { object: at('http://127.0.0.1:1/x') }, 'URL_NOT_ALLOWED'],
    ['leads to a machine of this network', { object: at('https://127.0.0.1:1/x') }, 'ADDRESS_NOT_ALLOWED'],
    [
      'leads to a metadata service',
      { object: at('https://169.254.169.254/latest/meta-data') },
      'ADDRESS_NOT_ALLOWED',
    ],
    ['leads to a name of this machine', { object: at('https://localhost:1/x') }, 'ADDRESS_NOT_ALLOWED'],
    ['sets the host', { object: at('http://127.0.0.1:1/x', { Host: 'evil' }) }, 'LFS_PROTOCOL_ERROR'],
    [
      'sets how messages are framed',
      { object: at('http://127.0.0.1:1/x', { 'Transfer-Encoding': 'chunked' }) },
      'LFS_PROTOCOL_ERROR',
    ],
    [
      'sets a header with a line break',
      { object: at('http://127.0.0.1:1/x', { 'X-A': 'a\r\nb: c' }) },
      'LFS_PROTOCOL_ERROR',
    ],
    [
      'sets a header without a name',
      { object: at('http://127.0.0.1:1/x', { 'a b': 'c' }) },
      'LFS_PROTOCOL_ERROR',
    ],
    [
      'sets a hundred headers',
      {
        object: at(
          'http://127.0.0.1:1/x',
          Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-${i}`, ''])),
        ),
      },
      'LFS_PROTOCOL_ERROR',
    ],
    [
      'sets headers that are none',
      { object: at('http://127.0.0.1:1/x', 'authorization: x') },
      'LFS_PROTOCOL_ERROR',
    ],
  ])('that %s is refused', async ([, server, code]) => {
    const made = await hostile(server)
    expect((await readError(made)).code).toBe(code)
    expect(await textAt(await openNewest(made.source), 'plain.yaml')).toBe('plain')
  })

  test('that answers without end is cut off', async () => {
    const endless = (response: Parameters<NonNullable<LfsServerOptions['onBatch']>>[0]): true => {
      const more = (): void =>
        void (!response.destroyed && response.write(Buffer.alloc(65_536, ' '), () => setImmediate(more)))
      response.writeHead(200)
      more()
      return true
    }
    expect((await readError(await hostile({ onBatch: endless }))).code).toBe('LFS_PROTOCOL_ERROR')
    expect((await readError(await hostile({ onContent: endless }))).code).toBe('LFS_OBJECT_CORRUPT')
  })

  test('that never answers is waited for until the deadline', async () => {
    const made = await hostile({ onContent: () => true }, { timeoutMs: 1000 })
    expect((await readError(made)).code).toBe('REPOSITORY_UNREACHABLE')
  })

  test('that refuses the credentials is AUTHENTICATION_FAILED, and one that gave a stale link is not', async () => {
    const refusing = await hostile({ authorization: 'Basic other' })
    expect((await readError(refusing)).code).toBe('AUTHENTICATION_FAILED')
    const stale = await hostile({
      onContent: says(403),
    })
    expect((await readError(stale)).code).toBe('LFS_OBJECT_MISSING')
  })

  test('that repeats credentials has them shown in no error, nor its links', async () => {
    const echo = `s3cret ${shown}`
    const made: readonly LfsServerOptions[] = [
      { object: ({ oid, size }) => ({ oid, size, error: { code: 404, message: echo } }) },
      {
        onBatch: says(302, { location: `https://${encodeURIComponent('s3cret')}.example` }),
      },
      { onBatch: says(200, {}, echo) },
      {
        object: (object) => ({
          ...object,
          actions: { download: { href: 'http://127.0.0.1:1/pass-canary', header: { a: 'pass-canary' } } },
        }),
      },
      {
        onContent: says(302, { location: 'https://s3cret.example/' }),
      },
      { object: at('https://s3cret.example/x') },
    ]
    for (const server of made) {
      const error = await readError(await hostile(server))
      const said = JSON.stringify([error.message, error.hint, error.stack, String(error.cause)])
      expect(said).not.toContain('s3cret')
      expect(said).not.toContain(shown)
      expect(said).not.toContain('pass-canary')
    }
  })
})

describe('content on another host', () => {
  const authority = certificateAuthority('servers')
  const tls = { ca: authority.certificate }

  /** A repository behind TLS whose content is on a second server. */
  async function twoHosts(source: Partial<GitSourceOptions>) {
    const heard: (string | undefined)[] = []
    const pair = authority.signServer(['localhost', '127.0.0.1'])
    const store = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
      heard.push(request.headers.authorization)
      response.end('large')
    }).listen(0, '127.0.0.1')
    await once(store, 'listening')
    endWithTest({
      [Symbol.asyncDispose]: async () => {
        store.close()
        store.closeAllConnections()
      },
    })
    const { port } = store.address() as AddressInfo
    const lfs = lfsServer({
      authorization: shown,
      object: at(`https://localhost:${port}/large?sig=x`, { 'X-Sig': 'y' }),
    })
    const { pointer } = lfs.put('large')
    const repository = await newRepository()
    await repository.commit({ files: { '0.bin': pointer } })
    const { url } = await served(repository, { auth, tls: pair, onRequest: lfs.onRequest })
    return { heard, snapshot: await openNewest(newSource({ url, auth, tls, ...source })) }
  }

  test('is downloaded without credentials where that host is named', async () => {
    const { heard, snapshot } = await twoHosts({ lfs: { hosts: ['localhost'] } })
    expect(await textAt(snapshot, '0.bin')).toBe('large')
    expect(heard).toEqual([undefined])
  })

  test('of this network is refused where it is not', async () => {
    const { heard, snapshot } = await twoHosts({ lfs: true })
    expect((await errorOf(snapshot.read('0.bin', { signal: calm }))).code).toBe('ADDRESS_NOT_ALLOWED')
    expect(heard).toEqual([])
  })

  test('is refused by a policy of hosts, whatever else says', async () => {
    const policy = { addresses: 'any', hosts: ['127.0.0.1'] } as const
    const { heard, snapshot } = await twoHosts({ policy, lfs: { hosts: ['localhost'] } })
    expect((await errorOf(snapshot.read('0.bin', { signal: calm }))).code).toBe('URL_NOT_ALLOWED')
    expect(heard).toEqual([])
  })
})

describe('limits', () => {
  test('of the size of a file are looked at before anything is asked', async () => {
    const made = await hostile({}, { limits: { maxFileBytes: 4 } })
    expect((await readError(made)).code).toBe('FILE_TOO_LARGE')
    expect(made.lfs.requests()).toEqual([])
    const huge = await scene(['x'.repeat(400)], { source: { limits: { maxFileBytes: 300 } } })
    expect((await readError(huge)).code).toBe('FILE_TOO_LARGE')
    expect(huge.lfs.requests()).toEqual([])
  })

  test('of files and bytes of one snapshot hold, and begin anew with the next', async () => {
    const made = await scene(['one', 'two'], { source: { lfs: { maxFiles: 1 } } })
    const snapshot = await openNewest(made.source)
    expect(await textAt(snapshot, '0.bin')).toBe('one')
    expect((await errorOf(snapshot.read('1.bin', { signal: calm }))).code).toBe('LFS_TOO_LARGE')
    expect(await textAt(await openNewest(made.source), '1.bin')).toBe('two')
    const bytes = await scene(['one'], { source: { lfs: { maxBytes: 2 } } })
    expect((await readError(bytes)).code).toBe('LFS_TOO_LARGE')
  })
})

describe('the option lfs', () => {
  test('left out, a pointer is an error that says how to read it', async () => {
    const { url } = await scene(['large'])
    const error = await readError({ source: newSource({ url, auth }) } as Scene)
    expect(error).toMatchObject({ code: 'LFS_POINTER', kind: 'permanent' })
    expect(error.hint).toContain('lfs: true')
  })

  test.for([
    [
      'with an extension',
      'version https://git-lfs.github.com/spec/v1\next-0-x sha256:1\noid sha256:1\nsize 1\n',
    ],
    ['cut short', 'version https://git-lfs.github.com/spec/v1\n'],
    [
      'of the first format',
      `version https://hawser.github.com/spec/v1\noid sha256:${'1'.repeat(63)}\nsize 1\n`,
    ],
    [
      'of an endless size',
      `version https://git-lfs.github.com/spec/v1\noid sha256:${'1'.repeat(64)}\nsize ${'9'.repeat(20)}\n`,
    ],
  ])('a pointer %s is LFS_POINTER, never content', async ([, pointer = '']) => {
    const repository = await newRepository()
    await repository.commit({ files: { '0.bin': pointer } })
    const { url } = await served(repository)
    for (const lfs of [true, false]) {
      expect((await readError({ source: newSource({ url, lfs }) } as Scene)).code).toBe('LFS_POINTER')
    }
  })

  test('names a server for repositories that are not behind HTTP, which gets no credentials but its own', async () => {
    const { lfs, kept, url } = await scene(['large'], { authorization: 'Bearer other' })
    const repository = await newRepository()
    await repository.commit({ files: { '0.bin': kept[0]?.pointer ?? '' } })
    const source = newSource({
      url: repository.path,
      lfs: { url: `${url}/info/lfs`, auth: { bearer: 'other' } },
    })
    expect(await textAt(await openNewest(source), '0.bin')).toBe('large')
    expect(lfs.requests()[0]?.headers.authorization).toBe('Bearer other')
  })

  test('names a server on another origin, which is shown nothing', async () => {
    const heard: (string | undefined)[] = []
    const elsewhere = await answering((request, response) => {
      heard.push(request.headers.authorization)
      response.writeHead(401).end()
    })
    const made = await scene(['large'], { source: { lfs: { url: elsewhere } } })
    expect((await readError(made)).code).toBe('AUTHENTICATION_FAILED')
    expect(heard).toEqual([undefined])
  })

  test.for<[string, Partial<GitSourceOptions>]>([
    [
      'a repository behind SSH alone',
      { url: 'git@git.example.com:env.git', ssh: { knownHosts: 'x ssh-ed25519 AAAA' }, lfs: true },
    ],
    ['a repository of this machine alone', { url: '/srv/env.git', lfs: true }],
    ['a server that is none', { lfs: { url: 'ssh://git@git.example.com/x' } }],
    ['a host that is none', { lfs: { hosts: ['https://x'] } }],
    ['a limit that is none', { lfs: { maxFiles: 0 } }],
    ['credentials that are none', { lfs: { auth: { token: '' } } }],
  ])('with %s is INVALID_OPTION', async ([, options]) => {
    const url = 'https://git.example.com/env.git'
    expect((await errorOf(() => gitSource({ url, ...options }))).code).toBe('INVALID_OPTION')
  })
})
