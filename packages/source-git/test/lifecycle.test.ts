import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { GitServerOptions } from '../../../tools/git-http-server/index.ts'
import { gitSource } from '../src/index.ts'
import { answering, calm, errorOf, newRepository, newSource, openNewest, served, textAt } from './scene.ts'

/** Holds requests of one method up until opened. */
function barrier(method: 'GET' | 'POST') {
  const arrived = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const onRequest: NonNullable<GitServerOptions['onRequest']> = async (request, response) => {
    if (request.method !== method) return undefined
    response.on('close', () => closed.resolve())
    arrived.resolve()
    await opened.promise
    return response.destroyed
  }
  return { arrived: arrived.promise, closed: closed.promise, open: () => opened.resolve(), onRequest }
}

describe('calls at the same time', () => {
  test('share one poll and one download', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url, server } = await served(repository)
    const source = newSource({ url })
    const resolutions = await Promise.all(Array.from({ length: 10 }, () => source.resolve({ signal: calm })))
    expect(resolutions.map(({ revision }) => revision.id)).toEqual(Array(10).fill(id))
    const snapshots = await Promise.all(
      resolutions.map(({ revision }) => source.open(revision, { signal: calm })),
    )
    expect(new Set(await Promise.all(snapshots.map((snapshot) => textAt(snapshot, 'a.yaml'))))).toEqual(
      new Set(['a']),
    )
    // What the server can do and what the branch points at, at once; then the pack.
    expect(
      server
        .requests()
        .map(({ method }) => method)
        .sort(),
    ).toEqual(['GET', 'POST', 'POST'])
  })

  test('of different commits download one after the other', async () => {
    const repository = await newRepository()
    await repository.git(['config', 'uploadpack.allowAnySHA1InWant', 'true'])
    const ids: string[] = []
    for (let commit = 0; commit < 5; commit++)
      ids.push(await repository.commit({ files: { 'a.yaml': String(commit) } }))
    let running = 0
    let most = 0
    const { url } = await served(repository, {
      onRequest: (request, response) => {
        if (request.method !== 'POST') return undefined
        most = Math.max(most, ++running)
        response.on('close', () => running--)
        return undefined
      },
    })
    const source = newSource({ url })
    const texts = await Promise.all(
      ids.map(async (id) => textAt(await source.open({ id }, { signal: calm }), 'a.yaml')),
    )
    expect(texts).toEqual(['0', '1', '2', '3', '4'])
    expect(most).toBe(1)
  })

  test('go on when one of them is aborted', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': 'a' } })
    const gate = barrier('POST')
    const { url, server } = await served(repository, gate)
    const source = newSource({ url })
    const abort = new AbortController()
    const leaving = source.resolve({ signal: abort.signal })
    const staying = source.resolve({ signal: calm })
    await gate.arrived
    abort.abort(new Error('leaving'))
    await expect(leaving).rejects.toThrow('leaving')
    gate.open()
    expect((await staying).revision.id).toBe(id)
    // What the server can do and what the branch points at, at once; then the pack.
    expect(
      server
        .requests()
        .map(({ method }) => method)
        .sort(),
    ).toEqual(['GET', 'POST', 'POST'])
  })
})

describe('two sources of one address', { timeout: 30_000 }, () => {
  test('share what was downloaded, and each can be disposed alone', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    await repository.commit({ branch: 'next', parent: await repository.idOf(), files: { 'b.yaml': 'b' } })
    const { url, server } = await served(repository)
    const cacheDirectory = join(repository.root, 'cache')
    const [one, other] = [
      newSource({ url, cacheDirectory }),
      newSource({ url, cacheDirectory, ref: { branch: 'next' } }),
    ]
    await openNewest(one)
    const before = server.requests().length
    const snapshot = await openNewest(other)
    expect(
      server
        .requests()
        .slice(before)
        .map(({ method }) => method),
    ).toEqual(['POST', 'POST'])
    expect(await readdir(cacheDirectory)).toHaveLength(1)
    await one[Symbol.asyncDispose]()
    expect(await textAt(snapshot, 'b.yaml')).toBe('b')
    expect((await errorOf(one.resolve({ signal: calm }))).code).toBe('SOURCE_DISPOSED')
    expect((await other.resolve({ signal: calm })).revision.id).toBe(snapshot.revision.id)
    await other[Symbol.asyncDispose]()
    expect(await readdir(cacheDirectory)).toEqual([])
  })

  test('share nothing when their credentials differ', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository, { auth: { token: 'right' } })
    const allowed = newSource({ url, auth: { token: 'right' } })
    const { revision } = await allowed.resolve({ signal: calm })
    const stranger = newSource({ url, auth: { token: 'wrong' } })
    expect((await errorOf(stranger.open(revision, { signal: calm }))).code).toBe('AUTHENTICATION_FAILED')
  })
})

describe('an abort', () => {
  test.for(['GET', 'POST'] as const)(
    'in the middle of a %s ends the request, and the next try succeeds',
    async (method) => {
      const repository = await newRepository()
      const id = await repository.commit({ files: { 'a.yaml': 'a' } })
      const gate = barrier(method)
      const { url } = await served(repository, gate)
      const source = newSource({ url })
      const abort = new AbortController()
      const reason = new Error('enough')
      const resolving = source.resolve({ signal: abort.signal })
      await gate.arrived
      abort.abort(reason)
      await expect(resolving).rejects.toBe(reason)
      await gate.closed
      gate.open()
      expect((await source.resolve({ signal: calm })).revision.id).toBe(id)
    },
  )

  test('in the middle of a pack leaves no trace', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': 'a'.repeat(1000) } })
    const abort = new AbortController()
    let posts = 0
    const { url } = await served(repository, {
      onRequest: (request, response) => {
        // The first one asks what the branch points at.
        if (request.method !== 'POST' || ++posts !== 2) return undefined
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' })
        response.write('000dpackfile\n0011\u{1}PACK\0\0\0\u{2}\0\0\0\u{3}', () =>
          abort.abort(new Error('enough')),
        )
        return true
      },
    })
    const cacheDirectory = join(repository.root, 'cache')
    const source = newSource({ url, cacheDirectory })
    await expect(source.resolve({ signal: abort.signal })).rejects.toThrow('enough')
    const resolution = await source.resolve({ signal: calm })
    expect(resolution.revision.id).toBe(id)
    const left = await readdir(cacheDirectory, { recursive: true })
    expect(left.filter((name) => name.includes('staging'))).toEqual([])
    expect(left.filter((name) => name.includes('segment'))).toHaveLength(1)
  })

  test('before a call begins costs no request', async () => {
    const repository = await newRepository()
    const { url, server } = await served(repository)
    const source = newSource({ url })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(source.resolve({ signal })).rejects.toThrow('enough')
    await expect(source.find('1'.repeat(40), { signal })).rejects.toThrow('enough')
    await expect(source.open({ id: '1'.repeat(40) }, { signal })).rejects.toThrow('enough')
    expect(server.requests()).toEqual([])
  })
})

describe('a failure', () => {
  test('leaves open snapshots readable, and the next try heals', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    let isDown = false
    const { url } = await served(repository, {
      onRequest: (_, response) => {
        if (isDown) response.destroy()
        return isDown
      },
    })
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    const snapshot = await source.open(since, { signal: calm })
    const next = await repository.commit({ files: { 'a.yaml': '2' } })
    isDown = true
    expect((await errorOf(source.resolve({ signal: calm, since }))).code).toBe('REPOSITORY_UNREACHABLE')
    expect(await textAt(snapshot, 'a.yaml')).toBe('1')
    expect(await textAt(await source.open(since, { signal: calm }), 'a.yaml')).toBe('1')
    isDown = false
    expect(await source.resolve({ signal: calm, since })).toMatchObject({
      kind: 'forward',
      revision: { id: next },
    })
  })
})

describe('the cache', () => {
  /** Too large to be kept in memory. */
  const large = 'a'.repeat(5_000_000)

  test('is made at the first download, and removed on disposal', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository)
    const cacheDirectory = join(repository.root, 'deep/cache')
    const source = newSource({ url, cacheDirectory })
    expect(existsSync(cacheDirectory)).toBe(false)
    await openNewest(source)
    expect(await readdir(cacheDirectory)).toHaveLength(1)
    await source[Symbol.asyncDispose]()
    await source[Symbol.asyncDispose]()
    expect(await readdir(cacheDirectory)).toEqual([])
  })

  test('may be shared by two sources', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository)
    const cacheDirectory = join(repository.root, 'cache')
    const [one, other] = [newSource({ url, cacheDirectory }), newSource({ url, cacheDirectory })]
    await openNewest(one)
    const snapshot = await openNewest(other)
    await one[Symbol.asyncDispose]()
    expect(await textAt(snapshot, 'a.yaml')).toBe('a')
  })

  test('that cannot be made is CACHE_NOT_WRITABLE', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository)
    const cacheDirectory = join(repository.root, 'file')
    await writeFile(cacheDirectory, '')
    const source = newSource({ url, cacheDirectory })
    const error = await errorOf(source.resolve({ signal: calm }))
    expect(error).toMatchObject({ code: 'CACHE_NOT_WRITABLE', kind: 'transient' })
    expect(error.message).toContain(cacheDirectory)
  })

  test.for<[string, string, (file: string) => Promise<void>]>([
    ['is emptied', 'REPOSITORY_CORRUPT', (file) => writeFile(file, '')],
    [
      'is overwritten',
      'REPOSITORY_CORRUPT',
      async (file) => writeFile(file, 'b'.repeat((await stat(file)).size)),
    ],
    ['is removed', large, (file) => rm(file)],
  ])('that %s is never believed, and downloaded anew when it does not hold', async ([, first, spoil]) => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': large } })
    const { url } = await served(repository)
    const cacheDirectory = join(repository.root, 'cache')
    const source = newSource({ url, cacheDirectory })
    const { revision } = await source.resolve({ signal: calm })
    for (const name of await readdir(cacheDirectory, { recursive: true })) {
      if (name.includes('segment')) await spoil(join(cacheDirectory, name))
    }
    const read = async () => textAt(await source.open(revision, { signal: calm }), 'a.yaml')
    const found = await read().catch((thrown: unknown) => (thrown as { code: unknown }).code)
    expect(found === first).toBe(true)
    expect((await read()) === large).toBe(true)
  })

  test('that is removed altogether is downloaded anew', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository)
    const cacheDirectory = join(repository.root, 'cache')
    const source = newSource({ url, cacheDirectory })
    const { revision } = await source.resolve({ signal: calm })
    await rm(cacheDirectory, { recursive: true })
    await repository.commit({ files: { 'b.yaml': 'b' } })
    const next = await source.resolve({ signal: calm, since: revision })
    expect(next.kind).toBe('forward')
    expect(await textAt(await source.open(next.revision, { signal: calm }), 'b.yaml')).toBe('b')
    expect(await readdir(cacheDirectory)).toHaveLength(1)
  })
})

describe('disposal', () => {
  test('ends what is under way, and everything after it', async () => {
    const url = await answering(() => undefined)
    const source = gitSource({ url })
    const resolving = errorOf(source.resolve({ signal: calm }))
    await source[Symbol.asyncDispose]()
    expect((await resolving).code).toBe('SOURCE_DISPOSED')
    expect((await errorOf(source.resolve({ signal: calm }))).code).toBe('SOURCE_DISPOSED')
    expect((await errorOf(source.open({ id: '1'.repeat(40) }, { signal: calm }))).code).toBe(
      'SOURCE_DISPOSED',
    )
  })

  test('of a snapshot leaves another of the same revision readable', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    const { revision } = await source.resolve({ signal: calm })
    const one = await source.open(revision, { signal: calm })
    const other = await source.open(revision, { signal: calm })
    await one[Symbol.asyncDispose]()
    expect(await textAt(other, 'a.yaml')).toBe('a')
    expect((await errorOf(one.read('a.yaml', { signal: calm }))).code).toBe('SOURCE_DISPOSED')
  })

  test('lets the process end by itself', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url } = await served(repository)
    const entry = pathToFileURL(join(import.meta.dirname, '../src/index.ts')).href
    const program = `
      import { gitSource } from '${entry}'
      const { signal } = new AbortController()
      const source = gitSource({ url: '${url}' })
      const { revision } = await source.resolve({ signal })
      await source.open(revision, { signal })
      await source[Symbol.asyncDispose]()
      console.log(revision.label)
    `
    const args = ['--conditions=@mooring/source', '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
    expect(stdout).toMatch(/^main@/)
  })
})

test('making a source touches neither disk nor network', async () => {
  const repository = await newRepository()
  const { url, server } = await served(repository)
  const cacheDirectory = join(repository.root, 'cache')
  await mkdir(cacheDirectory)
  newSource({ url, cacheDirectory })
  newSource({ url: join(repository.root, 'nowhere') })
  expect(server.requests()).toEqual([])
  expect(await readdir(cacheDirectory)).toEqual([])
})
