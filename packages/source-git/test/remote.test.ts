import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Revision } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import { calm, errorOf, listed, newRepository, newSource, openNewest, served, textAt } from './scene.ts'

/** Files that hardly compress. */
const files = (count: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `apps/${at % 20}/${at}.yaml`,
      randomBytes(400).toString('hex'),
    ]),
  )

describe('a branch over HTTP', () => {
  test('says nothing that changes the direction of what stands behind it', async () => {
    const repository = await newRepository()
    await repository.commit({
      files: { a: 'a' },
      author: 'Eve\u202e <eve@example.com>',
      message: 'fix \u2066\u202eexe.sh',
    })
    const { url } = await served(repository)
    const { revision } = await newSource({ url }).resolve({ signal: calm })
    expect(revision).toMatchObject({ author: 'Eve <eve@example.com>', message: 'fix exe.sh' })
  })

  test('first gives its tip, with author, message and time', async () => {
    const repository = await newRepository()
    const id = await repository.commit({
      files: { 'a.yaml': 'a' },
      author: 'Grace <grace@example.com>',
      message: 'Add a\n\nBecause.',
      at: 1_700_000_000,
    })
    const { url } = await served(repository)
    expect(await newSource({ url }).resolve({ signal: calm })).toEqual({
      kind: 'forward',
      revision: {
        id,
        label: `main@${id.slice(0, 7)}`,
        author: 'Grace <grace@example.com>',
        message: 'Add a\n\nBecause.',
        at: 1_700_000_000_000,
      },
    })
  })

  test('stays the same while nobody commits, at one request per poll', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url, server } = await served(repository)
    const source = newSource({ url })
    const { revision } = await source.resolve({ signal: calm })
    const before = server.requests().length
    for (let poll = 0; poll < 5; poll++) {
      expect(await source.resolve({ signal: calm, since: revision })).toEqual({ kind: 'same', revision })
    }
    const polls = server.requests().slice(before)
    expect(polls.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(5).fill('POST /env.git/git-upload-pack'),
    )
  })

  test('asks once per poll with credentials too', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const { url, server } = await served(repository, { auth: { token: 's3cret' } })
    const source = newSource({ url, auth: { token: 's3cret' } })
    const { revision } = await source.resolve({ signal: calm })
    const before = server.requests().length
    await source.resolve({ signal: calm, since: revision })
    expect(
      server
        .requests()
        .slice(before)
        .map(({ status }) => status),
    ).toEqual([200])
  })

  test('moves forward over several commits', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1', 'b.yaml': 'b' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    await repository.commit({ files: { 'a.yaml': '2' } })
    await repository.commit({ files: { 'a.yaml': '3', 'b.yaml': null } })
    const { kind, revision } = await source.resolve({ signal: calm, since })
    expect(kind).toBe('forward')
    const snapshot = await source.open(revision, { signal: calm })
    expect(await textAt(snapshot, 'a.yaml')).toBe('3')
    expect(await listed(snapshot)).toEqual({ 'a.yaml': 'file' })
  })

  test('moves forward over a merge of a branch that began before history is here', async () => {
    const repository = await newRepository()
    const root = await repository.commit({ files: { 'a.yaml': '1' } })
    const tip = await repository.commit({ files: { 'a.yaml': '2' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    const side = await repository.commit({ branch: 'side', parent: root, files: { 'b.yaml': 'b' } })
    const tree = await repository.git(['rev-parse', `${side}^{tree}`])
    const merge = await repository.git(['commit-tree', tree, '-p', tip, '-p', side, '-m', 'merge'])
    await repository.moveBranch('main', merge)
    expect(await source.resolve({ signal: calm, since })).toMatchObject({
      kind: 'forward',
      revision: { id: merge },
    })
  })

  test('diverges on a force-push, and the old revision stays readable', async () => {
    const repository = await newRepository()
    const root = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': '2' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    const forced = await repository.commit({ parent: root, files: { 'a.yaml': '3' } })
    expect(await source.resolve({ signal: calm, since })).toMatchObject({
      kind: 'diverged',
      revision: { id: forced },
    })
    const snapshot = await source.open(since, { signal: calm })
    expect(await textAt(snapshot, 'a.yaml')).toBe('2')
  })

  test('diverges when it is put back to an older commit', async () => {
    const repository = await newRepository()
    const root = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': '2' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    await repository.moveBranch('main', root)
    const resolution = await source.resolve({ signal: calm, since })
    expect(resolution).toMatchObject({ kind: 'diverged', revision: { id: root } })
    expect(await textAt(await source.open(resolution.revision, { signal: calm }), 'a.yaml')).toBe('1')
  })

  test('diverges when its history is replaced by another', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    await repository.commit({ parent: null, files: { 'b.yaml': '1' } })
    expect((await source.resolve({ signal: calm, since })).kind).toBe('diverged')
  })

  test('can be another one than main, also when HEAD points nowhere', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ branch: 'release/1.2', files: { 'a.yaml': '1' } })
    const { url } = await served(repository)
    const source = newSource({ url, ref: { branch: 'release/1.2' } })
    expect((await source.resolve({ signal: calm })).revision).toMatchObject({
      id,
      label: `release/1.2@${id.slice(0, 7)}`,
    })
  })
})

describe('connections', () => {
  test('are kept open: polls share one', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const sockets: unknown[] = []
    const { url } = await served(repository, {
      onRequest: ({ socket }) => {
        sockets.push(socket)
        return undefined
      },
    })
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    const before = new Set(sockets)
    for (let poll = 0; poll < 5; poll++) await source.resolve({ signal: calm, since })
    expect(new Set(sockets)).toEqual(before)
    expect(new Set(sockets.slice(-5)).size).toBe(1)
  })

  test('that the server closes in the moment they are used again are opened anew', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a' } })
    const used = new WeakSet<object>()
    let isClosing = false
    const { url } = await served(repository, {
      onRequest: ({ socket }) => {
        if (isClosing && used.has(socket)) {
          socket.destroy()
          return true
        }
        used.add(socket)
        return undefined
      },
    })
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    isClosing = true
    for (let poll = 0; poll < 3; poll++) {
      expect((await source.resolve({ signal: calm, since })).kind).toBe('same')
    }
  })
})

describe('a commit of three files', () => {
  test('transfers little of a repository of two thousand', async () => {
    const repository = await newRepository()
    await repository.commit({ files: files(2000) })
    const { url, server } = await served(repository)
    const source = newSource({ url })
    const { revision: since } = await source.resolve({ signal: calm })
    const snapshotBytes = server.requests().at(-1)?.sent ?? 0
    const before = server.requests().length
    await repository.commit({
      files: { 'apps/1/1.yaml': 'new', 'apps/2/2.yaml': 'new', 'apps/3/3.yaml': 'new' },
    })
    const { kind, revision } = await source.resolve({ signal: calm, since })
    expect(kind).toBe('forward')
    const bytes = server
      .requests()
      .slice(before)
      .reduce((sum, { sent }) => sum + sent, 0)
    expect(snapshotBytes).toBeGreaterThan(500_000)
    expect(bytes).toBeLessThan(20_000)
    const snapshot = await source.open(revision, { signal: calm })
    expect(await textAt(snapshot, 'apps/2/2.yaml')).toBe('new')
    expect(Object.keys(await listed(snapshot))).toHaveLength(2000)
  })
})

describe('after a restart', () => {
  const recorded = (id: string): Revision => ({ id })

  test.for([false, true])(
    'a recorded revision is followed forward, with commits given out by id: %s',
    async (byId) => {
      const repository = await newRepository()
      await repository.git(['config', 'uploadpack.allowAnySHA1InWant', String(byId)])
      await repository.commit({ files: { 'a.yaml': '0' } })
      const since = await repository.commit({ files: { 'a.yaml': '1' } })
      await repository.commit({ files: { 'a.yaml': '2' } })
      const tip = await repository.commit({ files: { 'a.yaml': '3' } })
      const { url } = await served(repository)
      expect(await newSource({ url }).resolve({ signal: calm, since: recorded(since) })).toMatchObject({
        kind: 'forward',
        revision: { id: tip },
      })
    },
  )

  test.for([false, true])(
    'several recorded revisions are followed forward, whichever comes first, with commits given out by id: %s',
    async (byId) => {
      const repository = await newRepository()
      await repository.git(['config', 'uploadpack.allowAnySHA1InWant', String(byId)])
      const ids: string[] = []
      for (let at = 0; at < 4; at++) ids.push(await repository.commit({ files: { 'a.yaml': String(at) } }))
      const { url } = await served(repository)
      const source = newSource({ url })
      await source.resolve({ signal: calm })
      for (const since of [ids[2], ids[0], ids[1]]) {
        const resolution = await source.resolve({ signal: calm, since: recorded(since ?? '') })
        expect(resolution).toMatchObject({ kind: 'forward', revision: { id: ids[3] } })
      }
    },
  )

  test('a recorded revision that never was in this history has diverged', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    expect((await source.resolve({ signal: calm, since: recorded('1'.repeat(40)) })).kind).toBe('diverged')
    expect((await source.resolve({ signal: calm, since: recorded('not a commit id') })).kind).toBe('diverged')
  })

  test.for([false, true])('a recorded revision is found, with commits given out by id: %s', async (byId) => {
    const repository = await newRepository()
    await repository.git(['config', 'uploadpack.allowAnySHA1InWant', String(byId)])
    const old = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': '2' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    await source.resolve({ signal: calm })
    const revision = await source.find(old, { signal: calm })
    expect(revision).toMatchObject({ id: old, message: 'change' })
    expect(await textAt(await source.open(revision, { signal: calm }), 'a.yaml')).toBe('1')
  })

  test('a recorded revision is found although the branch was rewritten since the last poll', async () => {
    const repository = await newRepository()
    const root = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': '2' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    await source.resolve({ signal: calm })
    await repository.commit({ parent: root, files: { 'a.yaml': '3' } })
    expect((await source.find(root, { signal: calm })).id).toBe(root)
  })

  test.for(['1'.repeat(40), '1f3c9a2', 'main'])('%s is gone', async (id) => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const { url } = await served(repository)
    const source = newSource({ url })
    expect(await errorOf(source.find(id, { signal: calm }))).toMatchObject({
      code: 'REVISION_GONE',
      kind: 'permanent',
    })
    expect((await errorOf(source.open({ id }, { signal: calm }))).code).toBe('REVISION_GONE')
  })
})

describe('a tag', () => {
  test.for([undefined, 'Version one'])('with message %s leads to its commit', async (message) => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.tag('v1', id, message)
    await repository.commit({ files: { 'a.yaml': '2' } })
    const { url } = await served(repository)
    const source = newSource({ url, ref: { tag: 'v1' } })
    const resolution = await source.resolve({ signal: calm })
    expect(resolution).toMatchObject({ kind: 'forward', revision: { id, label: `v1@${id.slice(0, 7)}` } })
    expect((await source.resolve({ signal: calm, since: resolution.revision })).kind).toBe('same')
    expect(await textAt(await openNewest(source), 'a.yaml')).toBe('1')
  })

  test('that moves has diverged, even if it moves forward', async () => {
    const repository = await newRepository()
    await repository.tag('v1', await repository.commit({ files: { 'a.yaml': '1' } }), 'one')
    const { url } = await served(repository)
    const source = newSource({ url, ref: { tag: 'v1' } })
    const { revision: since } = await source.resolve({ signal: calm })
    const next = await repository.commit({ files: { 'a.yaml': '2' } })
    await repository.tag('v1', next, 'two')
    expect(await source.resolve({ signal: calm, since })).toMatchObject({
      kind: 'diverged',
      revision: { id: next },
    })
  })
})

describe('a commit', () => {
  test.for([false, true])('is pinned and asked for once, with commits given out by id: %s', async (byId) => {
    const repository = await newRepository()
    await repository.git(['config', 'uploadpack.allowAnySHA1InWant', String(byId)])
    const commit = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': '2' } })
    const { url, server } = await served(repository)
    const source = newSource({ url, ref: { commit: commit.toUpperCase() } })
    const { kind, revision } = await source.resolve({ signal: calm })
    expect({ kind, id: revision.id, label: revision.label }).toEqual({
      kind: 'forward',
      id: commit,
      label: commit.slice(0, 7),
    })
    const before = server.requests().length
    await repository.commit({ files: { 'a.yaml': '3' } })
    expect((await source.resolve({ signal: calm, since: revision })).kind).toBe('same')
    expect(server.requests()).toHaveLength(before)
    expect(await textAt(await openNewest(source), 'a.yaml')).toBe('1')
  })

  test('that does not exist is REF_NOT_FOUND', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const { url } = await served(repository)
    const source = newSource({ url, ref: { commit: '1'.repeat(40) } })
    expect(await errorOf(source.resolve({ signal: calm }))).toMatchObject({
      code: 'REF_NOT_FOUND',
      message: expect.stringContaining('1'.repeat(40)) as unknown,
    })
  })
})

describe('a ref that is not there', () => {
  test('is REF_NOT_FOUND, with the names that come closest', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ branch: 'master', files: { 'a.yaml': '1' } })
    for (const branch of ['maintenance', 'zebra', 'quux', 'other', 'next'])
      await repository.moveBranch(branch, id)
    const { url } = await served(repository)
    const error = await errorOf(newSource({ url }).resolve({ signal: calm }))
    expect(error).toMatchObject({
      code: 'REF_NOT_FOUND',
      message: `Expected branch main in ${url}, found none`,
    })
    expect(error.hint).toContain('There are: branch maintenance,')
    expect(error.hint).toContain('branch master')
    expect(error.hint).not.toContain('zebra')
  })

  test('is EMPTY_REPOSITORY where nothing was ever pushed, and heals with the first push', async () => {
    const repository = await newRepository()
    const { url } = await served(repository)
    const source = newSource({ url })
    expect((await errorOf(source.resolve({ signal: calm }))).code).toBe('EMPTY_REPOSITORY')
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    expect((await source.resolve({ signal: calm })).revision.id).toBe(id)
  })
})

describe('what is downloaded', () => {
  test('stays within its limit, and what was dropped is downloaded anew', { timeout: 60_000 }, async () => {
    const repository = await newRepository()
    const content = () => randomBytes(50_000).toString('hex')
    await repository.commit({ files: { 'a.yaml': content() } })
    const { url } = await served(repository)
    const cacheDirectory = join(repository.root, 'cache')
    const source = newSource({ url, cacheDirectory, limits: { maxCacheBytes: 500_000 } })
    let { revision } = await source.resolve({ signal: calm })
    const first = revision
    const opened = await source.open(first, { signal: calm })
    const kept = await textAt(opened, 'a.yaml')
    await opened[Symbol.asyncDispose]()
    for (let commit = 1; commit <= 20; commit++) {
      await repository.commit({ files: { 'a.yaml': content() } })
      const resolution = await source.resolve({ signal: calm, since: revision })
      expect(resolution.kind).toBe('forward')
      revision = resolution.revision
      const snapshot = await source.open(revision, { signal: calm })
      expect(await textAt(snapshot, 'a.yaml')).toHaveLength(100_000)
      await snapshot[Symbol.asyncDispose]()
    }
    const files = await readdir(cacheDirectory, { recursive: true })
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(cacheDirectory, name))).size))
    // The current folder and the one before it, each with one download more than the limit.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_400_000)
    expect(await textAt(await source.open(first, { signal: calm }), 'a.yaml')).toBe(kept)
  })

  test('does not depend on how the server names its refs', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    const { url } = await served(repository, {
      onRequest: (request, response) => {
        if (request.method !== 'GET') return undefined
        const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
        response.end(
          `${line('# service=git-upload-pack\n')}0000${line(`${id} refs/heads/../../../escape\0side-band-64k ofs-delta shallow\n`)}${line(`${id} refs/heads/main\n`)}0000`,
        )
        return true
      },
    })
    const cacheDirectory = join(repository.root, 'cache')
    const source = newSource({ url, cacheDirectory })
    await source.resolve({ signal: calm })
    const names = await readdir(repository.root, { recursive: true })
    expect(names.filter((name) => name.includes('escape'))).toEqual([])
    expect((await readdir(cacheDirectory, { recursive: true })).some((name) => name.endsWith('refs'))).toBe(
      false,
    )
  })
})
