import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { TestRepository } from '../../../tools/git-repository/index.ts'
import type { GitLimits } from '../src/index.ts'
import { calm, errorOf, listed, newRepository, newSource, openNewest, served, textAt } from './scene.ts'

const executable = (content: string) => ({ content, executable: true as const })

describe('a snapshot', () => {
  test('lists every file below a folder, with its kind, in the order of names', async () => {
    const repository = await newRepository()
    await repository.commit({
      files: {
        'b/z.yaml': 'z',
        'b/a.yaml': 'a',
        'a.yaml': 'a',
        'run.sh': executable('#!/bin/sh'),
        latest: { link: 'a.yaml' },
        vendor: { submodule: '1'.repeat(40) },
      },
    })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    expect(Object.entries(await listed(snapshot))).toEqual([
      ['a.yaml', 'file'],
      ['b/a.yaml', 'file'],
      ['b/z.yaml', 'file'],
      ['latest', 'link'],
      ['run.sh', 'executable'],
      ['vendor', 'submodule'],
    ])
    expect(Object.keys(await listed(snapshot, 'b'))).toEqual(['b/a.yaml', 'b/z.yaml'])
  })

  test('reads bytes as they are, and gives every reader a copy', async () => {
    const repository = await newRepository()
    const bytes = Buffer.from([0, 255, 13, 10, 0])
    await repository.commit({ files: { 'deep/er/bytes.bin': bytes, empty: '' } })
    await repository.git(['repack', '-a', '-d'])
    const snapshot = await openNewest(newSource({ url: repository.path }))
    for (let reader = 0; reader < 10; reader++) {
      const read = await snapshot.read('deep/er/bytes.bin', { signal: calm })
      expect([...read]).toEqual([...bytes])
      read.fill(7)
    }
    expect(await textAt(snapshot, 'empty')).toBe('')
  })

  test('gives the path that a link names as its content, and does not follow it', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'real/a.yaml': 'a', linked: { link: '../../etc' } } })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    expect(await textAt(snapshot, 'linked')).toBe('../../etc')
    expect((await errorOf(snapshot.read('linked/passwd', { signal: calm }))).code).toBe('PATH_NOT_FOUND')
    expect((await errorOf(listed(snapshot, 'linked'))).code).toBe('PATH_NOT_FOUND')
  })

  test('has equal digests for equal content and kind only', async () => {
    const repository = await newRepository()
    await repository.commit({
      files: {
        'one/a': 'same',
        'two/a': 'same',
        'three/a': executable('same'),
        'four/a': { link: 'same' },
        'five/b': 'same',
      },
    })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    const digest = (path: string) => snapshot.digestOf(path, { signal: calm })
    expect(await digest('one/a')).toBe(await digest('two/a'))
    expect(await digest('one')).toBe(await digest('two'))
    const different = ['one/a', 'three/a', 'four/a', 'one', 'three', 'four', 'five', '']
    expect(new Set(await Promise.all(different.map(digest))).size).toBe(different.length)
    for await (const entry of snapshot.list('', { signal: calm }))
      expect(entry.digest).toBe(await digest(entry.path))
  })

  test('has a digest that changes with the mode alone', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'run.sh': 'x' } })
    const source = newSource({ url: repository.path })
    const before = await openNewest(source)
    await repository.commit({ files: { 'run.sh': executable('x') } })
    const after = await openNewest(source)
    for (const path of ['run.sh', '']) {
      expect(await after.digestOf(path, { signal: calm })).not.toBe(
        await before.digestOf(path, { signal: calm }),
      )
    }
  })

  test('has nothing at paths that are none', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a/b.yaml': 'b' } })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    for (const path of ['c', 'a/c', 'a/b.yaml/c', '/a', 'a/', 'a//b.yaml', './a', 'a/../a', '..', '.']) {
      expect(await snapshot.digestOf(path, { signal: calm })).toBeUndefined()
      const error = await errorOf(snapshot.read(path, { signal: calm }))
      expect(error).toMatchObject({ code: 'PATH_NOT_FOUND', kind: 'permanent' })
      expect((await errorOf(listed(snapshot, path))).code).toBe('PATH_NOT_FOUND')
    }
    expect((await errorOf(snapshot.read('a', { signal: calm }))).message).toContain('found a folder')
    expect((await errorOf(listed(snapshot, 'a/b.yaml'))).message).toContain('found a file')
  })

  test('of a commit without files lists none', async () => {
    const repository = await newRepository()
    await repository.commit({ files: {} })
    const { url } = await served(repository)
    for (const address of [url, repository.path]) {
      expect(await listed(await openNewest(newSource({ url: address })))).toEqual({})
    }
  })

  test('refuses a file over the limit, and reads the others', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'large.bin': 'x'.repeat(1001), 'small.bin': 'x'.repeat(1000) } })
    const snapshot = await openNewest(newSource({ url: repository.path, limits: { maxFileBytes: 1000 } }))
    const error = await errorOf(snapshot.read('large.bin', { signal: calm }))
    expect(error).toMatchObject({ code: 'FILE_TOO_LARGE', kind: 'permanent' })
    expect(error.message).toMatch(/large\.bin.*1000.*1001/)
    expect(await textAt(snapshot, 'small.bin')).toHaveLength(1000)
  })

  test('refuses a pointer of Git LFS by name, and reads a file that merely mentions it', async () => {
    const repository = await newRepository()
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'1'.repeat(64)}\nsize 12\n`
    await repository.commit({ files: { 'data/big.bin': pointer, 'notes.md': `See: ${pointer}` } })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    const error = await errorOf(snapshot.read('data/big.bin', { signal: calm }))
    expect(error).toMatchObject({ code: 'LFS_POINTER', kind: 'permanent' })
    expect(error.message).toContain('data/big.bin')
    expect(await textAt(snapshot, 'notes.md')).toContain('See:')
  })

  test('refuses to read a submodule', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { vendor: { submodule: '1'.repeat(40) } } })
    const { url } = await served(repository)
    const snapshot = await openNewest(newSource({ url }))
    expect(await errorOf(snapshot.read('vendor', { signal: calm }))).toMatchObject({
      code: 'SUBMODULE_NOT_SUPPORTED',
      message: expect.stringContaining('vendor') as unknown,
    })
  })

  test('refuses content that does not hash to its id', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'original' } })
    const id = await repository.git(['rev-parse', 'main:a.yaml'])
    const file = join(repository.path, 'objects', id.slice(0, 2), id.slice(2))
    await chmod(file, 0o600)
    await writeFile(file, deflateSync(Buffer.from('blob 8\0tampered')))
    const snapshot = await openNewest(newSource({ url: repository.path }))
    const error = await errorOf(snapshot.read('a.yaml', { signal: calm }))
    expect(error.code).toBe('REPOSITORY_CORRUPT')
    expect(error.message).toContain(id)
    expect(error.message).not.toContain('tampered')
  })

  test('refuses packed content that does not hash to its id', async () => {
    const repository = await newRepository()
    await repository.commit({
      files: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}`, `content ${at}`])),
    })
    await repository.git(['repack', '-a', '-d'])
    const folder = join(repository.path, 'objects/pack')
    const name = (await readdir(folder)).find((file) => file.endsWith('.idx')) ?? ''
    // Swap the places of two objects in the index: each reads well, under the name of the other.
    const ids = (await repository.git(['rev-parse', 'main:1', 'main:2'])).split('\n')
    await swapOffsets(join(folder, name), ids)
    const snapshot = await openNewest(newSource({ url: repository.path }))
    expect((await errorOf(snapshot.read('1', { signal: calm }))).code).toBe('REPOSITORY_CORRUPT')
    expect(await textAt(snapshot, '3')).toBe('content 3')
  })

  test('ends on abort', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': 'a', 'b.yaml': 'b' } })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    const abort = new AbortController()
    const seen: string[] = []
    const listing = (async () => {
      for await (const { path } of snapshot.list('', { signal: abort.signal })) {
        seen.push(path)
        abort.abort(new Error('enough'))
      }
    })()
    await expect(listing).rejects.toThrow('enough')
    expect(seen).toEqual(['a.yaml'])
    await expect(snapshot.read('a.yaml', { signal: abort.signal })).rejects.toThrow('enough')
    await expect(snapshot.digestOf('a.yaml', { signal: abort.signal })).rejects.toThrow('enough')
  })
})

describe('a hostile tree', () => {
  const blob = Buffer.from('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391', 'hex')

  /** Commits a root folder, byte for byte. */
  async function commitTree(
    repository: TestRepository,
    names: readonly (string | Buffer)[],
  ): Promise<string> {
    await repository.git(['hash-object', '-w', '--stdin'], '')
    const content = Buffer.concat(
      names.flatMap((name) => [Buffer.from('100644 '), Buffer.from(name), Buffer.from([0]), blob]),
    )
    const tree = await repository.git(['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], content)
    const commit = await repository.git(['commit-tree', tree, '-m', 'hostile'])
    await repository.moveBranch('main', commit)
    return tree
  }

  test.for([
    '..',
    '.',
    '',
    'a/b',
    '../escape',
    '.git',
    '.GIT',
    '.Git ',
    '.git.',
    'git~1',
    'GIT~1',
    '.g\u{200c}it',
    '.git::$INDEX_ALLOCATION',
    'a\\b',
    'a\nb',
    'a\u{1b}[2Jb',
    'a\u{7f}',
    'x'.repeat(300),
  ])('with the name %j is UNSAFE_PATH, and none of its files is used', async (name) => {
    const repository = await newRepository()
    await commitTree(repository, ['good.yaml', name])
    const source = newSource({ url: repository.path })
    const { revision } = await source.resolve({ signal: calm })
    const snapshot = await source.open(revision, { signal: calm })
    const error = await errorOf(listed(snapshot))
    expect(error).toMatchObject({ code: 'UNSAFE_PATH', kind: 'permanent' })
    expect(error.message).toContain(revision.label)
    expect(error.message).not.toMatch(/\p{Cc}/u)
    expect((await errorOf(snapshot.read('good.yaml', { signal: calm }))).code).toBe('UNSAFE_PATH')
    expect((await errorOf(snapshot.digestOf('good.yaml', { signal: calm }))).code).toBe('UNSAFE_PATH')
  })

  test('with a name that is no UTF-8 is UNSAFE_PATH', async () => {
    const repository = await newRepository()
    await commitTree(repository, [Buffer.from([0x61, 0xff])])
    expect((await errorOf(listed(await openNewest(newSource({ url: repository.path }))))).code).toBe(
      'UNSAFE_PATH',
    )
  })

  test('with a name twice is UNSAFE_PATH that names it', async () => {
    const repository = await newRepository()
    await commitTree(repository, ['a.yaml', 'a.yaml'])
    const error = await errorOf(listed(await openNewest(newSource({ url: repository.path }))))
    expect(error).toMatchObject({
      code: 'UNSAFE_PATH',
      message: expect.stringContaining('"a.yaml"') as unknown,
    })
  })

  test('is told apart from its neighbours: a folder without it is used, and its path is named', async () => {
    const repository = await newRepository()
    const bad = await commitTree(repository, ['..'])
    const good = await repository.git(['mktree'], `100644 blob ${blob.toString('hex')}\ta.yaml\n`)
    const root = await repository.git(['mktree'], `040000 tree ${bad}\tbad\n040000 tree ${good}\tgood\n`)
    await repository.moveBranch('main', await repository.git(['commit-tree', root, '-m', 'both']))
    const { url } = await served(repository)
    const snapshot = await openNewest(newSource({ url }))
    expect(await listed(snapshot, 'good')).toEqual({ 'good/a.yaml': 'file' })
    expect((await errorOf(listed(snapshot))).message).toContain('"bad/.."')
  })

  test.for<[string, GitLimits, Readonly<Record<string, string>>]>([
    ['PATH_TOO_DEEP', {}, { [`${'d/'.repeat(150)}a`]: 'a' }],
    ['PATH_TOO_DEEP', { maxDepth: 2 }, { 'a/b/c/d': 'a' }],
    ['PATH_TOO_LONG', {}, { [`${`${'x'.repeat(200)}/`.repeat(25)}a`]: 'a' }],
    ['PATH_TOO_LONG', { maxPathBytes: 10 }, { 'aaaa/ééé': 'a' }],
    ['FOLDER_TOO_LARGE', { maxFolderEntries: 2 }, { a: '1', b: '2', c: '3' }],
    ['TOO_MANY_FILES', { maxFiles: 2 }, { 'x/a': '1', 'x/b': '2', c: '3' }],
  ])('over a limit is %s by %j', async ([code, limits, files]) => {
    const repository = await newRepository()
    await repository.commit({ files })
    const snapshot = await openNewest(newSource({ url: repository.path, limits }))
    expect(await errorOf(listed(snapshot))).toMatchObject({ code, kind: 'permanent' })
  })

  test('within its limits is read', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a/b': '1', c: '2' } })
    const limits = { maxDepth: 2, maxPathBytes: 3, maxFolderEntries: 2, maxFiles: 2 }
    const snapshot = await openNewest(newSource({ url: repository.path, limits }))
    expect(await listed(snapshot)).toEqual({ 'a/b': 'file', c: 'file' })
  })

  test('that is no tree is REPOSITORY_CORRUPT', async () => {
    const repository = await newRepository()
    const tree = await repository.git(
      ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'],
      Buffer.from('100644 cut\0short'),
    )
    await repository.moveBranch('main', await repository.git(['commit-tree', tree, '-m', 'cut']))
    expect((await errorOf(listed(await openNewest(newSource({ url: repository.path }))))).code).toBe(
      'REPOSITORY_CORRUPT',
    )
  })

  test('that names itself a million times over is TOO_MANY_FILES', { timeout: 60_000 }, async () => {
    const repository = await newRepository()
    let tree = await commitTree(repository, ['a.yaml'])
    for (let level = 0; level < 8; level++) {
      const lines = Array.from({ length: 10 }, (_, at) => `040000 tree ${tree}\t${at}\n`)
      tree = await repository.git(['mktree'], lines.join(''))
    }
    await repository.moveBranch('main', await repository.git(['commit-tree', tree, '-m', 'bomb']))
    const { url } = await served(repository)
    const snapshot = await openNewest(newSource({ url }))
    const error = await errorOf(async () => {
      for await (const _ of snapshot.list('', { signal: calm }));
    })
    expect(error.code).toBe('TOO_MANY_FILES')
  })
})

/** Exchanges where an index says two objects are, as far as a reader cares that checks no checksum of the index. */
async function swapOffsets(file: string, ids: readonly string[]): Promise<void> {
  const index = await readFile(file)
  const count = index.readUInt32BE(8 + 255 * 4)
  const names = 8 + 256 * 4
  const offsets = names + count * 24
  const places = ids.map((id) => {
    for (let at = 0; at < count; at++) {
      if (index.toString('hex', names + at * 20, names + at * 20 + 20) === id) return offsets + at * 4
    }
    throw new Error(`Expected ${id} in the index, found none`)
  })
  const [one = 0, other = 0] = places
  const held = index.readUInt32BE(one)
  index.writeUInt32BE(index.readUInt32BE(other), one)
  index.writeUInt32BE(held, other)
  await chmod(file, 0o600)
  await writeFile(file, index)
}
