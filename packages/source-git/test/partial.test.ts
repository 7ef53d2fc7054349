import { describe, expect, test } from 'vitest'
import type { GitServerOptions } from '../../../tools/git-http-server/index.ts'
import type { NewCommit } from '../../../tools/git-repository/index.ts'
import type { GitSourceOptions } from '../src/index.ts'
import { noise } from './pack-builder.ts'
import { calm, errorOf, listed, newRepository, newSource, openNewest, served, textAt } from './scene.ts'

/** A repository behind a server that can leave files out, and a source of it. */
async function scene(
  files: NonNullable<NewCommit['files']>,
  options: Partial<GitSourceOptions> = {},
  serving: Omit<GitServerOptions, 'root'> = {},
) {
  const repository = await newRepository()
  await repository.git(['config', 'uploadpack.allowFilter', 'true'])
  await repository.commit({ files })
  const { url, server } = await served(repository, serving)
  const source = newSource({ url, ...options })
  const asked = async <Value>(work: () => Promise<Value>) => {
    const before = server.requests().length
    const value = await work()
    return { value, requests: server.requests().slice(before) }
  }
  return { repository, source, server, url, asked }
}

const manyFiles = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`apps/${at % 10}/sub/${at}.yaml`, `${at} ${noise(1000)}`]),
  )

describe('a server that can leave files out', { timeout: 30_000 }, () => {
  test('sends no file before one is read, and then all of its folder in one request', async () => {
    const { source, server, asked } = await scene(manyFiles(500))
    const snapshot = await openNewest(source)
    const first = server.requests().reduce((sum, { sent }) => sum + sent, 0)
    expect(first).toBeLessThan(50_000)
    const { value: paths, requests: listing } = await asked(async () =>
      Object.keys(await listed(snapshot, 'apps/3')),
    )
    expect(paths).toHaveLength(50)
    expect(listing).toEqual([])
    const { value: texts, requests: reading } = await asked(() =>
      Promise.all(paths.map((path) => textAt(snapshot, path))),
    )
    expect(texts.map((text) => text.split(' ')[0])).toEqual(
      paths.map((path) => path.split('/').at(-1)?.split('.')[0]),
    )
    expect(reading).toHaveLength(1)
    expect(reading[0]?.sent).toBeLessThan(100_000)
  })

  test('sends the neighbours of a file that was read without listing its folder', async () => {
    const { source, asked } = await scene({
      'base/kustomization.yaml': 'k',
      'base/deep/a.yaml': 'a',
      'base/b.yaml': 'b',
      'other.yaml': 'other',
    })
    const snapshot = await openNewest(source)
    const { requests } = await asked(async () => {
      expect(await textAt(snapshot, 'base/kustomization.yaml')).toBe('k')
      expect(await textAt(snapshot, 'base/b.yaml')).toBe('b')
      expect(await textAt(snapshot, 'base/deep/a.yaml')).toBe('a')
    })
    expect(requests).toHaveLength(1)
  })

  test('sends a whole snapshot at once when all of it is read', async () => {
    const { source, asked } = await scene(manyFiles(1500))
    const snapshot = await openNewest(source)
    const paths = Object.keys(await listed(snapshot))
    const { requests } = await asked(() => Promise.all(paths.map((path) => textAt(snapshot, path))))
    expect(requests).toHaveLength(1)
  })

  test('sends what changed together with the commit, and what was moved by its id', async () => {
    const { repository, source, asked } = await scene(manyFiles(100))
    const { revision: since } = await source.resolve({ signal: calm })
    await repository.commit({ files: { 'apps/1/sub/1.yaml': 'new', 'apps/2/sub/2.yaml': null } })
    const news = await asked(() => source.resolve({ signal: calm, since }))
    expect(news.value.kind).toBe('forward')
    expect(news.requests).toHaveLength(2)
    const snapshot = await source.open(news.value.revision, { signal: calm })
    const read = await asked(() => textAt(snapshot, 'apps/1/sub/1.yaml'))
    expect([read.value, read.requests.length]).toEqual(['new', 0])
    const text = await repository.git(['show', 'main:apps/3/sub/3.yaml'])
    await repository.commit({ files: { 'moved.yaml': text, 'apps/3/sub/3.yaml': null } })
    const moved = await openNewest(source)
    expect(await textAt(moved, 'moved.yaml')).toBe(text)
  })

  test('sends one file once to many who read at the same time, under any number of signals', async () => {
    const { source, asked } = await scene({ 'a/a.yaml': 'a', 'a/b.yaml': 'b' })
    const snapshot = await openNewest(source)
    const aborts = Array.from({ length: 50 }, () => new AbortController())
    const { requests } = await asked(async () => {
      const reading = aborts.map(({ signal }) => snapshot.read('a/a.yaml', { signal }))
      aborts[0]?.abort(new Error('leaving'))
      await expect(reading[0]).rejects.toThrow('leaving')
      for (const bytes of await Promise.all(reading.slice(1))) expect(Buffer.from(bytes).toString()).toBe('a')
    })
    expect(requests).toHaveLength(1)
  })

  test('and a file over the limit spoils none of its neighbours', async () => {
    const { source } = await scene(
      { 'a/large.bin': 'x'.repeat(20_000_000), 'a/small.yaml': 'small' },
      { limits: { maxFileBytes: 1000 } },
    )
    const snapshot = await openNewest(source)
    expect(await textAt(snapshot, 'a/small.yaml')).toBe('small')
    const error = await errorOf(snapshot.read('a/large.bin', { signal: calm }))
    expect(error).toMatchObject({ code: 'FILE_TOO_LARGE', kind: 'permanent' })
    expect(error.message).toContain('20000000')
  })

  test('and offers it although its operator has switched it off is asked without', async () => {
    const repository = await newRepository()
    await repository.git(['config', 'uploadpack.allowFilter', 'true'])
    await repository.commit({ files: { 'a.yaml': 'a' } })
    let posts = 0
    const { url, server } = await served(repository, {
      onRequest: async (request) => {
        // The first one asks what the branch points at.
        if (request.method === 'POST' && ++posts === 2) {
          await repository.git(['config', 'uploadpack.allowFilter', 'false'])
        }
        return undefined
      },
    })
    const snapshot = await openNewest(newSource({ url }))
    expect(await textAt(snapshot, 'a.yaml')).toBe('a')
    expect(server.requests()).toHaveLength(4)
  })

  test('and has cleaned up after a force-push says REVISION_GONE for a file, and the rest stays readable', async () => {
    const { repository, source } = await scene({ 'a/a.yaml': 'a', 'b/b.yaml': 'b' })
    const snapshot = await openNewest(source)
    expect(await textAt(snapshot, 'b/b.yaml')).toBe('b')
    await repository.commit({ files: { 'c.yaml': 'c' }, parent: null })
    await repository.git(['reflog', 'expire', '--expire=now', '--all'])
    await repository.git(['prune', '--expire=now'])
    await repository.git(['repack', '-a', '-d', '--quiet'])
    await repository.git(['prune-packed', '--quiet'])
    const error = await errorOf(snapshot.read('a/a.yaml', { signal: calm }))
    expect(error).toMatchObject({ code: 'REVISION_GONE', kind: 'permanent' })
    expect(await textAt(snapshot, 'b/b.yaml')).toBe('b')
  })

  test('is asked again for a file when the line broke', async () => {
    let isDown = false
    const { source } = await scene(
      { 'a.yaml': 'a' },
      {},
      {
        onRequest: (_, response) => {
          if (isDown) response.destroy()
          return isDown
        },
      },
    )
    const snapshot = await openNewest(source)
    isDown = true
    expect((await errorOf(snapshot.read('a.yaml', { signal: calm }))).code).toBe('REPOSITORY_UNREACHABLE')
    isDown = false
    expect(await textAt(snapshot, 'a.yaml')).toBe('a')
  })

  test('gives files that another folder of the cache has no second time', async () => {
    const { repository, source, server } = await scene(
      { 'a/kept.bin': noise(300_000), 'b.bin': '' },
      { limits: { maxCacheBytes: 400_000 } },
    )
    let { revision } = await source.resolve({ signal: calm })
    const first = await source.open(revision, { signal: calm })
    const kept = await textAt(first, 'a/kept.bin')
    await first[Symbol.asyncDispose]()
    for (let commit = 0; commit < 6; commit++) {
      await repository.commit({ files: { 'b.bin': noise(200_000) } })
      ;({ revision } = await source.resolve({ signal: calm, since: revision }))
      const before = server.requests().reduce((sum, { sent }) => sum + sent, 0)
      const snapshot = await source.open(revision, { signal: calm })
      expect(await textAt(snapshot, 'a/kept.bin')).toBe(kept)
      await snapshot[Symbol.asyncDispose]()
      expect(server.requests().reduce((sum, { sent }) => sum + sent, 0) - before).toBeLessThan(150_000)
    }
  })
})
