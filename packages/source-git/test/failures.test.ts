import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { MooringError } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import type { ServedAuth } from '../../../tools/git-http-server/index.ts'
import type { TestRepository } from '../../../tools/git-repository/index.ts'
import type { GitAuth } from '../src/index.ts'
import { answering, calm, errorOf, newRepository, newSource, openNewest, served, textAt } from './scene.ts'

const resolveError = async (url: string, auth?: GitAuth): Promise<MooringError> =>
  errorOf(newSource({ url, ...(auth && { auth }) }).resolve({ signal: calm }))

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(code, headers).end('no')

const line = (text: string): string => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text

const advertisement = 'application/x-git-upload-pack-advertisement'

const advertising =
  (...lines: readonly string[]): RequestListener =>
  (_, response) =>
    response
      .writeHead(200, { 'content-type': advertisement })
      .end(`${line('# service=git-upload-pack\n')}0000${lines.map(line).join('')}0000`)

describe('a server that answers with a status', () => {
  test.for<[number, string, string]>([
    [401, 'AUTHENTICATION_FAILED', 'permanent'],
    [403, 'AUTHENTICATION_FAILED', 'permanent'],
    [203, 'AUTHENTICATION_FAILED', 'permanent'],
    [404, 'REPOSITORY_NOT_FOUND', 'permanent'],
    [410, 'REPOSITORY_NOT_FOUND', 'permanent'],
    [429, 'RATE_LIMITED', 'transient'],
    [500, 'REPOSITORY_UNREACHABLE', 'transient'],
    [503, 'REPOSITORY_UNREACHABLE', 'transient'],
    [400, 'GIT_PROTOCOL_ERROR', 'permanent'],
  ])('of %i is %s (%s), and names the address', async ([code, expected, kind]) => {
    const url = await answering(status(code))
    const error = await resolveError(url)
    expect(error).toMatchObject({ code: expected, kind })
    expect(error.message).toContain(url)
  })

  test('of a rate limit says when to come back, in seconds or by date, and never later than in an hour', async () => {
    const after = async (value: string) =>
      (await resolveError(await answering(status(429, { 'retry-after': value })))).retryAfterMs
    expect(await after('7')).toBe(7000)
    expect(await after(new Date(Date.now() + 600_000).toUTCString())).toBeGreaterThan(590_000)
    expect(await after(new Date(0).toUTCString())).toBe(0)
    expect(await after('99999999999')).toBe(3_600_000)
    expect(await after('soon')).toBeUndefined()
  })

  test('of 403 with a used-up limit is RATE_LIMITED', async () => {
    const error = await resolveError(await answering(status(403, { 'x-ratelimit-remaining': '0' })))
    expect(error.code).toBe('RATE_LIMITED')
  })
})

describe('credentials', () => {
  const auths: readonly ServedAuth[] = [{ token: 's3cret' }, { username: 'ada', password: 's3cret' }]

  test.for(auths)('%o open a repository that asks for them', async (auth) => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository, { auth })
    expect(await textAt(await openNewest(newSource({ url, auth })), 'a.yaml')).toBe('a')
  })

  test('are asked for before every request when a function gives them', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url, server } = await served(repository, { auth: { token: 's3cret' } })
    let token = 'expired'
    const source = newSource({ url, auth: async () => ({ token }) })
    expect((await errorOf(source.resolve({ signal: calm }))).code).toBe('AUTHENTICATION_FAILED')
    token = 's3cret'
    await source.resolve({ signal: calm })
    expect(server.requests().map((request) => request.status)).toEqual([401, 401, 200, 200, 200])
  })

  test('that are refused are told from ones that are missing', async () => {
    const repository = await newRepository()
    const { url } = await served(repository, { auth: { token: 's3cret' } })
    expect((await resolveError(url)).hint).toContain('Give a token')
    expect((await resolveError(url, { token: 'other' })).hint).toContain('expired')
  })

  test('that a function fails to give are a failure that passes', async () => {
    const auth = () => Promise.reject(new Error('vault is sealed'))
    const error = await errorOf(
      newSource({ url: 'https://git.example.com/x', auth }).resolve({ signal: calm }),
    )
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', kind: 'transient' })
    expect(error.cause).toMatchObject({ message: 'vault is sealed' })
  })

  test('that a function never gives run into the deadline', async () => {
    const source = newSource({
      url: 'https://git.example.com/x',
      auth: () => new Promise(() => {}),
      timeoutMs: 20,
    })
    expect((await errorOf(source.resolve({ signal: calm }))).code).toBe('AUTHENTICATION_FAILED')
  })

  test('never show in an error, whatever the server repeats', async () => {
    const auth = { username: 'ada', password: 's3cret/wörd' }
    const sent = Buffer.from('ada:s3cret/wörd').toString('base64')
    const spoken = `s3cret/wörd ${sent} ${encodeURIComponent('s3cret/wörd')}`
    const echoes: readonly RequestListener[] = [
      advertising(`ERR you sent ${spoken}`),
      (_, response) => response.writeHead(200, { 'content-type': `text/html-${sent}` }).end(spoken),
      (_, response) =>
        response.writeHead(302, { location: `https://${sent.toLowerCase()}.example.com/` }).end(),
      (request, response) => response.writeHead(500, { 'x-echo': request.headers.authorization }).end(spoken),
      advertising(`${spoken} refs/heads/main`),
    ]
    for (const echo of echoes) {
      const error = await resolveError(await answering(echo), auth)
      const said = JSON.stringify([error.message, error.hint, error.stack])
      for (const secret of ['s3cret', sent, encodeURIComponent('s3cret/wörd')])
        expect(said).not.toContain(secret)
    }
  })
})

describe('a redirect', () => {
  test('is not followed, says where it leads, and takes no credentials along', async () => {
    const received: string[] = []
    const elsewhere = await answering((request, response) => {
      received.push(JSON.stringify(request.headers))
      response.end()
    })
    const url = await answering((_, response) =>
      response.writeHead(301, { location: `${elsewhere}/env.git?token=x` }).end(),
    )
    const error = await resolveError(url, { token: 's3cret' })
    expect(error).toMatchObject({ code: 'GIT_REDIRECTED', kind: 'permanent' })
    expect(error.message).toContain(`to ${elsewhere}`)
    expect(error.message).not.toContain('token=x')
    expect(received).toEqual([])
  })

  test('of the download is not followed either', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository, {
      onRequest: (request, response) => {
        if (request.method !== 'POST') return undefined
        response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
        return true
      },
    })
    expect((await resolveError(url)).code).toBe('GIT_REDIRECTED')
  })
})

describe('a server that is no Git server', () => {
  test.for<[string, string, string]>([
    ['a web page', 'text/html; charset=utf-8', '<html>Sign in</html>'],
    ['a web page that says it is Git', advertisement, '<html>Sign in</html>'],
    ['a dumb HTTP server', 'text/plain', `${'1'.repeat(40)}\trefs/heads/main\n`],
    ['nothing', advertisement, ''],
    ['an empty list without a service', advertisement, '0000'],
    ['a packet of an impossible length', advertisement, '0001'],
    [
      'a ref without a name',
      advertisement,
      `${line('# service=git-upload-pack\n')}0000${line('1'.repeat(40))}0000`,
    ],
    [
      'an id that is none',
      advertisement,
      `${line('# service=git-upload-pack\n')}0000${line('xyz refs/heads/main\0side-band-64k\n')}0000`,
    ],
  ])('but %s is GIT_PROTOCOL_ERROR', async ([, type, body]) => {
    const error = await resolveError(
      await answering((_, response) => response.writeHead(200, { 'content-type': type }).end(body)),
    )
    expect(error).toMatchObject({ code: 'GIT_PROTOCOL_ERROR', kind: 'permanent' })
    expect(error.message).not.toContain('Sign in')
  })

  test('and refuses in words has its words repeated, without control characters', async () => {
    const error = await resolveError(await answering(advertising('ERR \u{1b}[31mno access\n')))
    expect(error.code).toBe('GIT_PROTOCOL_ERROR')
    expect(error.message).toContain('[31mno access')
    expect(error.message).not.toMatch(/\p{Cc}/u)
  })

  test('because it names objects by something new is REPOSITORY_UNSUPPORTED', async () => {
    const url = await answering(
      advertising(`${'1'.repeat(128)} refs/heads/main\0side-band-64k object-format=sha3\n`),
    )
    expect((await resolveError(url)).code).toBe('REPOSITORY_UNSUPPORTED')
  })

  test('and ends in the middle of a packet is REPOSITORY_CORRUPT', async () => {
    const url = await answering((_, response) =>
      response.writeHead(200, { 'content-type': advertisement }).end('00ff# serv'),
    )
    expect(await resolveError(url)).toMatchObject({ code: 'REPOSITORY_CORRUPT', kind: 'transient' })
  })
})

describe('a line that fails', () => {
  test('because nobody listens is REPOSITORY_UNREACHABLE', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const error = await resolveError(`http://127.0.0.1:${port}/env.git`)
    expect(error).toMatchObject({ code: 'REPOSITORY_UNREACHABLE', kind: 'transient' })
    expect(error.message).toContain('ECONNREFUSED')
  })

  test('because the name is unknown is REPOSITORY_UNREACHABLE', async () => {
    expect((await resolveError('http://nowhere.invalid/env.git')).code).toBe('REPOSITORY_UNREACHABLE')
  })

  test('because nothing comes runs into the deadline, before and within the answer', async () => {
    const listeners: readonly RequestListener[] = [
      () => undefined,
      (_, response) =>
        void response.writeHead(200, { 'content-type': advertisement }).write('001e# service='),
    ]
    for (const listener of listeners) {
      const source = newSource({ url: await answering(listener), timeoutMs: 50 })
      const error = await errorOf(source.resolve({ signal: calm }))
      expect(error).toMatchObject({ code: 'REPOSITORY_UNREACHABLE', kind: 'transient' })
      expect(error.message).toContain('within 50 ms')
    }
  })

  test('by never ending is RESPONSE_TOO_LARGE', async () => {
    const url = await answering((_, response) => {
      response.writeHead(200, { 'content-type': advertisement })
      response.write(`${line('# service=git-upload-pack\n')}0000`)
      const ref = line(`${'1'.repeat(40)} refs/heads/${'x'.repeat(200)}\n`).repeat(100)
      const more = (): void => {
        while (!response.destroyed && response.write(ref));
      }
      response.on('drain', more)
      more()
    })
    const source = newSource({ url, limits: { maxResponseBytes: 1_000_000 } })
    expect(await errorOf(source.resolve({ signal: calm }))).toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
      kind: 'permanent',
      message: expect.stringContaining('1000000') as unknown,
    })
  })
})

/** Changes the body of an answer before it goes out. */
function rewriteBody(response: ServerResponse, change: (body: Buffer) => Buffer | 'cut'): undefined {
  const end = response.end.bind(response)
  const chunks: Buffer[] = []
  response.write = ((chunk: Uint8Array) => chunks.push(Buffer.from(chunk)) > 0) as typeof response.write
  response.end = ((chunk?: unknown) => {
    if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
    const changed = change(Buffer.concat(chunks))
    if (changed !== 'cut') return end(changed)
    response.flushHeaders()
    return response.destroy()
  }) as typeof end
  return undefined
}

/** Changes the answers that carry a pack, and no list of refs. */
const rewriteDownload = (response: ServerResponse, change: (body: Buffer) => Buffer | 'cut'): undefined =>
  rewriteBody(response, (body) =>
    /^[0-9a-f]{4}[0-9a-f]{40} refs\//.test(body.toString('latin1', 0, 60)) ? body : change(body),
  )

/** What stands before a pack. */
const packHead = { 0: line('NAK\n'), 2: line('packfile\n') } as const

/** A pack as the server sends it. */
function packAnswer(pack: Buffer, protocol: 0 | 2): Buffer {
  const packets: Buffer[] = [Buffer.from(packHead[protocol])]
  for (let at = 0; at < pack.length; at += 60_000) {
    const part = pack.subarray(at, at + 60_000)
    packets.push(Buffer.from((part.length + 5).toString(16).padStart(4, '0')), Buffer.from([1]), part)
  }
  return Buffer.concat([...packets, Buffer.from('0000')])
}

/** A pack of these objects, with the right checksum. */
async function packOf(repository: TestRepository, ids: readonly string[]): Promise<Buffer> {
  const base = join(repository.root, 'made')
  const name = await repository.git(
    ['pack-objects', '--quiet', '--no-reuse-delta', '--window=0', base],
    `${ids.join('\n')}\n`,
  )
  return readFile(`${base}-${name}.pack`)
}

function withChecksum(pack: Buffer): Buffer {
  const content = pack.subarray(0, -20)
  return Buffer.concat([content, createHash('sha1').update(content).digest()])
}

describe.for([0, 2] as const)('a server that lies in its pack, with protocol %s,', (protocol) => {
  /** A first commit is here; what happens to the answer that should bring the second is the lie. Then it stops lying. */
  async function lyingAbout(lie: (body: Buffer, repository: TestRepository) => Buffer | 'cut') {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1', 'b.yaml': 'b'.repeat(5000) } })
    let isLying = false
    const { url } = await served(repository, {
      protocol,
      onRequest: (request, response) => {
        if (!isLying || request.method !== 'POST') return undefined
        return rewriteDownload(response, (body) => lie(body, repository))
      },
    })
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    const next = await repository.commit({ files: { 'a.yaml': '2', 'c.yaml': 'c' } })
    isLying = true
    const error = await errorOf(source.resolve({ signal: calm, since }))
    expect(await textAt(await source.open(since, { signal: calm }), 'a.yaml')).toBe('1')
    isLying = false
    const healed = await source.resolve({ signal: calm, since })
    expect(healed).toMatchObject({ kind: 'forward', revision: { id: next } })
    expect(await textAt(await source.open(healed.revision, { signal: calm }), 'a.yaml')).toBe('2')
    return error
  }

  test.for<[string, string, (body: Buffer) => Buffer | 'cut']>([
    ['cut between packets', 'REPOSITORY_CORRUPT', (body) => body.subarray(0, -4)],
    ['cut within a packet', 'REPOSITORY_CORRUPT', (body) => body.subarray(0, -15)],
    ['cut with the line', 'REPOSITORY_UNREACHABLE', () => 'cut'],
    ['left out', 'REPOSITORY_CORRUPT', () => Buffer.from(`${packHead[protocol]}0000`)],
    ['of a wrong checksum', 'REPOSITORY_CORRUPT', (body) => flip(body, body.length - 5)],
    ['with a byte changed', 'REPOSITORY_CORRUPT', (body) => flip(body, body.length - 40)],
    ['no pack', 'REPOSITORY_CORRUPT', () => packAnswer(withChecksum(Buffer.alloc(60, 'x')), protocol)],
    [
      'followed by more',
      'GIT_PROTOCOL_ERROR',
      (body) => Buffer.concat([body, Buffer.from(line('\u{1}more'))]),
    ],
    [
      'on an unknown channel',
      'GIT_PROTOCOL_ERROR',
      () => Buffer.from(`${packHead[protocol]}${line('\u{1}PACK')}${line('\u{7}x')}0000`),
    ],
    ['a web page', 'GIT_PROTOCOL_ERROR', () => Buffer.from('<html>')],
    [
      'the last words of the server',
      'GIT_PROTOCOL_ERROR',
      () => Buffer.from(`${packHead[protocol]}${line('\u{3}out of memory')}0000`),
    ],
  ])('that is %s is %s; what was there stays, and the next try heals', async ([, code, lie]) => {
    expect((await lyingAbout(lie)).code).toBe(code)
  })

  test('that is of a wrong checksum is refused before anything reads it', async () => {
    const error = await lyingAbout((body) => flip(body, body.length - 5))
    expect(error.message).toContain('another checksum')
  })

  function flip(body: Buffer, at: number): Buffer {
    body[at] = (body[at] ?? 0) ^ 0xff
    return body
  }

  async function sendingInstead(
    make: (repository: TestRepository) => Promise<Buffer>,
  ): Promise<MooringError> {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1', 'folder/b.yaml': 'b' } })
    const pack = await make(repository)
    const { url } = await served(repository, {
      protocol,
      onRequest: (request, response) =>
        request.method === 'POST' ? rewriteDownload(response, () => packAnswer(pack, protocol)) : undefined,
    })
    return resolveError(url)
  }

  const idsOf = async (repository: TestRepository, ...names: readonly string[]): Promise<readonly string[]> =>
    (await repository.git(['rev-parse', ...names])).split('\n')

  test.for([
    [['main', 'main^{tree}', 'main:folder'], 'a file is missing'],
    [['main', 'main^{tree}', 'main:a.yaml'], 'a folder is missing'],
    [['main'], 'the root is missing'],
  ] as const)('%o is REPOSITORY_CORRUPT, because %s', async ([names]) => {
    const error = await sendingInstead(async (repository) =>
      packOf(repository, await idsOf(repository, ...names)),
    )
    expect(error).toMatchObject({ code: 'REPOSITORY_CORRUPT', kind: 'transient' })
    expect(error.message).toContain('missing')
  })

  test('without the commit is REPOSITORY_CORRUPT, because it was advertised', async () => {
    const error = await sendingInstead(async (repository) =>
      packOf(repository, await idsOf(repository, 'main:a.yaml')),
    )
    expect(error).toMatchObject({
      code: 'REPOSITORY_CORRUPT',
      message: expect.stringContaining('not given out') as unknown,
    })
  })

  test('with an object that cannot be inflated is REPOSITORY_CORRUPT, also under the right checksum', async () => {
    const error = await sendingInstead(async (repository) => {
      const pack = await packOf(
        repository,
        await idsOf(repository, 'main', 'main^{tree}', 'main:folder', 'main:a.yaml', 'main:folder/b.yaml'),
      )
      pack.fill(0xff, pack.length - 30, pack.length - 20)
      return withChecksum(pack)
    })
    expect(error.code).toBe('REPOSITORY_CORRUPT')
  })

  test('with changes to objects that are not in it is REPOSITORY_CORRUPT', async () => {
    const error = await sendingInstead(async (repository) => {
      const text = randomBytes(4000).toString('hex')
      await repository.commit({ files: { 'large.yaml': text } })
      const before = await repository.idOf()
      await repository.commit({ files: { 'large.yaml': `${text}more` } })
      const file = join(repository.root, 'thin.pack')
      await repository.git(['bundle', 'create', '--quiet', file, 'main', `^${before}`])
      const bundle = await readFile(file)
      return bundle.subarray(bundle.indexOf('PACK'))
    })
    expect(error.code).toBe('REPOSITORY_CORRUPT')
    expect(error.message).toMatch(/\d of the \d objects it announces/)
  })

  test('by announcing more objects than there are is REPOSITORY_CORRUPT', async () => {
    const error = await sendingInstead(async (repository) => {
      const pack = await packOf(repository, await idsOf(repository, 'main', 'main^{tree}'))
      pack.writeUInt32BE(1000, 8)
      return withChecksum(pack)
    })
    expect(error.code).toBe('REPOSITORY_CORRUPT')
  })
})

describe('a download over the limit', () => {
  test('is RESPONSE_TOO_LARGE, and leaves what was there', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const { url } = await served(repository)
    const source = newSource({ url, limits: { maxResponseBytes: 20_000 } })
    const { revision: since } = await source.resolve({ signal: calm })
    await repository.commit({ files: { 'large.bin': randomBytes(50_000) } })
    expect((await errorOf(source.resolve({ signal: calm, since }))).code).toBe('RESPONSE_TOO_LARGE')
    expect(await textAt(await source.open(since, { signal: calm }), 'a.yaml')).toBe('1')
    await repository.commit({ files: { 'a.yaml': '2', 'large.bin': null } })
    expect((await source.resolve({ signal: calm, since })).revision.message).toBe('change')
  })

  test('because of history alone is avoided by leaving history out', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const { url } = await served(repository)
    const source = newSource({ url, limits: { maxResponseBytes: 20_000 } })
    const { revision: since } = await source.resolve({ signal: calm })
    await repository.commit({ files: { 'large.bin': randomBytes(50_000) } })
    const tip = await repository.commit({ files: { 'large.bin': null } })
    // The large file is not in the snapshot, but it is on the way there.
    expect(await source.resolve({ signal: calm, since })).toMatchObject({
      kind: 'diverged',
      revision: { id: tip },
    })
  })
})

test('a token with letters beyond ASCII is masked in whatever way a server repeats it', async () => {
  const token = 'sécret-tökén'
  for (const encoding of ['utf8', 'latin1'] as const) {
    const url = await answering((_request, response) =>
      response
        .writeHead(200, { 'content-type': advertisement })
        .end(
          Buffer.concat([
            Buffer.from(`${line('# service=git-upload-pack\n')}0000`),
            Buffer.from(line(`ERR no access with ${token}\n`), encoding),
          ]),
        ),
    )
    const { message, hint } = await resolveError(url, { token })
    expect(`${message} ${hint}`).not.toMatch(/cret|sÃ|\ufffd/)
  }
})
