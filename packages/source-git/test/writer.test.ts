import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Snapshot } from '@mooring/core'
import { type FileChanges, gitWriter } from '@mooring/source-git'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { GitServerOptions } from '../../../tools/git-http-server/index.ts'
import { type TestRepository, testRepository } from '../../../tools/git-repository/index.ts'
import { runGit } from '../../../tools/git-repository/run-git.ts'
import { serveSsh } from '../../../tools/ssh-server/index.ts'
import { answering, calm, endWithTest, errorOf, newRepository, served, textAt } from './scene.ts'

const author = { name: 'Mooring', email: 'mooring@example.com' }
const isPush = (path: string | undefined, method: string | undefined): boolean =>
  method === 'POST' && path?.endsWith('/git-receive-pack') === true

async function writing(repository: TestRepository, options: Omit<GitServerOptions, 'root'> = {}) {
  const { url, server } = await served(repository, options)
  const writer = gitWriter({ url, author, now: () => 1_700_000_000_000 })
  onTestFinished(() => writer[Symbol.asyncDispose]())
  const pushes = () => server.requests().filter(({ path, method }) => isPush(path, method)).length
  const commit = (files: FileChanges, more: object = {}) =>
    writer.commit({ branch: 'main', files, message: 'Change', signal: calm, ...more })
  return { writer, commit, pushes }
}

const sound = async (repository: TestRepository): Promise<void> => {
  await repository.git(['fsck', '--strict', '--full'])
}

describe('a commit that is written', () => {
  test('holds what was asked for, is sound for Git, and is read by a clone', async () => {
    const repository = await newRepository()
    const before = await repository.commit({
      files: {
        'apps/a.yaml': '1',
        'apps/run.sh': { content: 'x', executable: true },
        'old/only.yaml': '1',
        README: 'r',
      },
    })
    const { commit } = await writing(repository)
    const files = {
      'apps/a.yaml': '2',
      'apps/run.sh': 'y',
      'old/only.yaml': null,
      'new/deep/ü.yaml': Buffer.from([0, 255]),
    }
    const written = await commit(files, {
      message: 'Roll out',
      author: { name: 'Grace', email: 'grace@example.com' },
    })
    expect(written).toEqual({ id: await repository.idOf(), branch: 'main', changed: true })
    await sound(repository)
    expect(await repository.git(['log', '-1', '--format=%P|%an <%ae>|%cn <%ce>|%ct|%s', 'main'])).toBe(
      `${before}|Grace <grace@example.com>|Mooring <mooring@example.com>|1700000000|Roll out`,
    )
    await runGit(repository.root, ['clone', '--quiet', repository.path, 'clone'])
    const listed = await runGit(join(repository.root, 'clone'), ['ls-files', '-s', '-z'])
    expect(
      listed
        .split('\0')
        .map((line) => line.replace(/ \w+ 0\t/, ' '))
        .filter((line) => line !== '')
        .toSorted(),
    ).toEqual(['100644 README', '100644 apps/a.yaml', '100644 new/deep/ü.yaml', '100755 apps/run.sh'])
  })

  test('is none where everything is so already', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    const { commit, pushes } = await writing(repository)
    expect(await commit({ 'a.yaml': '1', 'gone.yaml': null })).toEqual({ id, branch: 'main', changed: false })
    expect(pushes()).toBe(0)
  })

  test.each(['sha1', 'sha256'] as const)('may be the first one, with %s', async (format) => {
    const repository = await testRepository('env.git', format)
    onTestFinished(() => repository[Symbol.asyncDispose]())
    const { commit } = await writing(repository)
    const { id } = await commit({ 'a.yaml': '1' })
    expect(await repository.idOf()).toBe(id)
    expect((await commit({ 'b/c.yaml': '2' })).changed).toBe(true)
    await sound(repository)
    expect(await repository.git(['ls-tree', '-r', '--name-only', 'main'])).toBe('a.yaml\nb/c.yaml')
  })

  test('may begin a branch at another one, and at none that is not there', async () => {
    const repository = await newRepository()
    const main = await repository.commit({ files: { 'a.yaml': '1' } })
    const { commit } = await writing(repository)
    const { id } = await commit({ 'a.yaml': '2' }, { branch: 'next', from: 'main' })
    expect(await repository.git(['rev-parse', 'next^'])).toBe(main)
    expect(await repository.idOf('next')).toBe(id)
    expect((await errorOf(commit({}, { branch: 'typo' }))).code).toBe('REF_NOT_FOUND')
    expect((await errorOf(commit({}, { branch: 'x', from: 'typo' }))).message).toContain('typo')
  })

  test('has the tree that Git makes of the same changes', async () => {
    const repository = await newRepository()
    const name = fc.constantFrom('a', 'a.b', 'a-b', 'b', 'é', 'Z')
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
    const fits = (paths: readonly string[]): boolean =>
      paths.every((one) => paths.every((other) => one === other || !other.startsWith(`${one}/`)))
    const content = fc.oneof(
      fc.constantFrom('1', '2'),
      fc.constant({ content: '3', executable: true as const }),
    )
    await repository.commit({ files: { keep: 'k' } })
    const { commit } = await writing(repository)
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(path, content, { maxKeys: 6 }),
        fc.dictionary(path, fc.oneof(content, fc.constant(null)), { maxKeys: 6 }),
        async (before, changes) => {
          fc.pre(fits([...new Set([...Object.keys(before), ...Object.keys(changes)])]))
          const start = await repository.commit({ parent: null, files: { keep: 'k', ...before } })
          await repository.moveBranch('main', start)
          const explicit = Object.entries(changes).map(([each, change]) => [
            each,
            typeof change === 'string' ? { content: change, executable: false } : change,
          ])
          await commit(Object.fromEntries(explicit))
          const ours = await repository.git(['rev-parse', 'main^{tree}'])
          const theirs = await repository.commit({ parent: start, branch: 'theirs', files: changes })
          expect(ours).toBe(await repository.git(['rev-parse', `${theirs}^{tree}`]))
        },
      ),
      { numRuns: 12 },
    )
    await sound(repository)
  }, 60_000)
})

describe('somebody who was faster', () => {
  /** Commits each of these in front of one push. */
  const overtaken = (repository: TestRepository, commits: FileChanges[]): Omit<GitServerOptions, 'root'> => ({
    onRequest: async ({ url, method }) => {
      const files = isPush(url, method) ? commits.shift() : undefined
      if (files !== undefined) await repository.commit({ files: files as Record<string, string> })
      return undefined
    },
  })

  test('is built upon, and nothing of theirs is lost', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const { commit, pushes } = await writing(
      repository,
      overtaken(repository, [{ 'b.yaml': 'theirs' }, { 'c.yaml': 'theirs' }]),
    )
    const { id } = await commit({ 'a.yaml': 'ours' })
    expect(await repository.idOf()).toBe(id)
    expect(pushes()).toBe(3)
    for (const [path, text] of [
      ['a.yaml', 'ours'],
      ['b.yaml', 'theirs'],
      ['c.yaml', 'theirs'],
    ]) {
      expect(await repository.git(['show', `main:${path}`])).toBe(text)
    }
    await sound(repository)
  })

  test('is not overwritten where both changed the same', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const { commit } = await writing(repository, overtaken(repository, [{ 'a.yaml': 'theirs' }]))
    const error = await errorOf(commit({ 'a.yaml': 'ours' }))
    expect([error.code, error.kind]).toEqual(['GIT_WRITE_CONFLICT', 'conflict'])
    expect(error.message).toContain('a.yaml')
    expect(await repository.git(['show', 'main:a.yaml'])).toBe('theirs')
  })

  test('is noticed also since the commit that somebody read', async () => {
    const repository = await newRepository()
    const base = await repository.commit({ files: { 'a.yaml': '1', 'b.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': 'theirs' } })
    const { commit } = await writing(repository)
    expect((await errorOf(commit({ 'a.yaml': 'ours' }, { base }))).code).toBe('GIT_WRITE_CONFLICT')
    expect((await commit({ 'b.yaml': 'ours' }, { base })).changed).toBe(true)
  })

  test('is shown to a function that makes the changes', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { count: '1' } })
    const { writer } = await writing(repository, overtaken(repository, [{ count: '5' }]))
    await writer.commit({
      branch: 'main',
      message: 'Count',
      signal: calm,
      files: async (snapshot) => ({ count: String(Number(await textAt(snapshot, 'count')) + 1) }),
    })
    expect(await repository.git(['show', 'main:count'])).toBe('6')
  })

  test('every time is not waited for without end', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    const others = Array.from({ length: 20 }, (_, at) => ({ [`${at}`]: 'theirs' }))
    const { commit, pushes } = await writing(repository, overtaken(repository, others))
    expect((await errorOf(commit({ 'a.yaml': 'ours' }))).code).toBe('GIT_PUSH_REFUSED')
    expect(pushes()).toBe(5)
  })
})

describe('a push', () => {
  test('that a hook refuses is told in the words of the hook', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    const hook = join(repository.path, 'hooks', 'pre-receive')
    await writeFile(hook, '#!/bin/sh\necho "only on Mondays" >&2\nexit 1\n')
    await chmod(hook, 0o755)
    const { commit, pushes } = await writing(repository)
    const error = await errorOf(commit({ 'a.yaml': '2' }))
    expect(error.code).toBe('GIT_PUSH_REFUSED')
    expect(error.message).toContain('only on Mondays')
    expect(pushes()).toBe(2)
    expect(await repository.idOf()).toBe(id)
  })

  test.each(['before', 'after'] as const)(
    'whose answer was lost %s it began is not made twice',
    async (when) => {
      const repository = await newRepository()
      const before = await repository.commit({ files: { count: '1' } })
      let cuts = 1
      const { writer, pushes } = await writing(repository, {
        onRequest: ({ url, method }, response) => {
          if (!isPush(url, method) || cuts-- <= 0) return undefined
          // The real server has done it by the time its answer ends.
          if (when === 'before') response.write = () => true
          response.end = () => response.destroy()
          return undefined
        },
      })
      const files = async (snapshot: Snapshot) => ({
        count: String(Number(await textAt(snapshot, 'count')) + 1),
      })
      const { id, changed } = await writer.commit({ branch: 'main', files, message: 'Count', signal: calm })
      expect([changed, pushes()]).toEqual([true, 1])
      expect(await repository.idOf()).toBe(id)
      expect(await repository.git(['rev-parse', 'main^'])).toBe(before)
      expect(await repository.git(['show', 'main:count'])).toBe('2')
    },
  )

  test('goes nowhere else than to the server that was named', async () => {
    const seen: (string | undefined)[] = []
    const other = await answering((request, response) => {
      seen.push(request.headers.authorization)
      response.end()
    })
    const url = await answering((_, response) => {
      response.writeHead(307, { location: `${other}/env.git/info/refs?service=git-receive-pack` }).end()
    })
    await using writer = gitWriter({ url: `${url}/env.git`, author, auth: { token: 'hunter2' } })
    const error = await errorOf(writer.commit({ branch: 'main', files: {}, message: 'x', signal: calm }))
    expect([error.code, seen]).toEqual(['GIT_REDIRECTED', []])
  })

  test('that is aborted leaves the branch alone', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    const leaving = new AbortController()
    const { commit } = await writing(repository, {
      onRequest: ({ url, method }) => {
        if (isPush(url, method)) leaving.abort(new Error('enough'))
        return isPush(url, method)
      },
    })
    await expect(commit({ 'a.yaml': '2' }, { signal: leaving.signal })).rejects.toThrow('enough')
    expect(await repository.idOf()).toBe(id)
  })
})

test('a repository behind SSH is written to as well', async () => {
  const repository = await newRepository()
  await repository.commit({ files: { 'a.yaml': '1' } })
  // The server may run as somebody else.
  for (const name of await readdir(repository.root, { recursive: true }))
    await chmod(join(repository.root, name), 0o777)
  const server = endWithTest(await serveSsh({ root: repository.root }))
  const ssh = { knownHosts: server.knownHosts, identity: server.client.privateKey }
  const writer = endWithTest(gitWriter({ url: server.url + repository.path, ssh, author }))
  const commit = { branch: 'main', message: 'Change', signal: calm }
  const { id } = await writer.commit({ ...commit, files: { 'a.yaml': '2' } })
  expect(await repository.idOf()).toBe(id)
  expect((await writer.commit({ ...commit, files: { 'a.yaml': '2' } })).changed).toBe(false)
  await sound(repository)
})

test('what cannot be committed is refused before anything is written', async () => {
  const repository = await newRepository()
  const id = await repository.commit({ files: { 'a.yaml': '1', 'apps/b.yaml': '1' } })
  const { commit } = await writing(repository)
  const refused: readonly [FileChanges, object?][] = [
    [{ '../x': '1' }],
    [{ '.git/config': '1' }],
    [{ 'a//b': '1' }],
    [{ 'a.yaml/x': '1' }],
    [{ apps: '1' }],
    [{ 'x/y': '1', x: '1' }],
    [{ x: 1 as unknown as string }],
    [{ 'a\ud800': '1' }],
    [undefined as unknown as FileChanges],
    [{ x: '1' }, { message: ' ' }],
    [{ x: '1' }, { message: 'a\0b' }],
  ]
  for (const [files, more] of refused)
    expect((await errorOf(commit(files, more))).code).toBe('GIT_COMMIT_INVALID')
  const options = [
    { branch: 'refs/heads/main' },
    { branch: '-x' },
    { author: { name: 'a\nb', email: 'x' } },
    { base: 'abc' },
    { signal: undefined },
  ]
  for (const more of options) expect((await errorOf(commit({ x: '1' }, more))).code).toBe('INVALID_OPTION')
  expect(await repository.idOf()).toBe(id)
  expect((await errorOf(commit({ x: '1' }, { base: '1'.repeat(40) }))).code).toBe('REVISION_GONE')
  expect((await errorOf(() => gitWriter({ url: repository.path, author }))).code).toBe('INVALID_OPTION')
})
