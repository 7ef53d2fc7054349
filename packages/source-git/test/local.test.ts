import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runGit } from '../../../tools/git-repository/run-git.ts'
import { calm, errorOf, listed, newRepository, newSource, openNewest, textAt } from './scene.ts'

describe('a repository of this machine', () => {
  test('is read where it is, by path and by file URL', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a/b.yaml': 'b' } })
    for (const url of [repository.path, pathToFileURL(repository.path).href]) {
      const source = newSource({ url })
      expect(await source.resolve({ signal: calm })).toMatchObject({ kind: 'forward', revision: { id } })
      expect(await textAt(await openNewest(source), 'a/b.yaml')).toBe('b')
    }
  })

  test('is followed while somebody commits, forward and diverging', async () => {
    const repository = await newRepository()
    const root = await repository.commit({ files: { 'a.yaml': '1' } })
    const source = newSource({ url: repository.path })
    const first = await source.resolve({ signal: calm })
    expect((await source.resolve({ signal: calm, since: first.revision })).kind).toBe('same')
    await repository.commit({ files: { 'a.yaml': '2' } })
    await repository.commit({ files: { 'a.yaml': '3' } })
    const second = await source.resolve({ signal: calm, since: first.revision })
    expect(second.kind).toBe('forward')
    await repository.commit({ parent: root, files: { 'a.yaml': '4' } })
    expect((await source.resolve({ signal: calm, since: second.revision })).kind).toBe('diverged')
    expect(await textAt(await source.open(second.revision, { signal: calm }), 'a.yaml')).toBe('3')
  })

  test('stays readable while it is repacked under an open snapshot', async () => {
    const repository = await newRepository()
    await repository.commit({
      files: Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`${at}`, `${at}`])),
    })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    expect(await textAt(snapshot, '1')).toBe('1')
    await repository.commit({ files: { more: 'more' } })
    await repository.git(['repack', '-a', '-d', '-f', '--depth=10'])
    await repository.git(['pack-refs', '--all', '--prune'])
    expect(await textAt(snapshot, '2')).toBe('2')
    expect(await textAt(await openNewest(newSource({ url: repository.path })), 'more')).toBe('more')
  })

  test('may have a working tree, also a linked one, and borrow its objects', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    const work = join(repository.root, 'work')
    await runGit(repository.root, ['clone', '--quiet', '--shared', repository.path, 'work'])
    await runGit(work, ['worktree', 'add', '--quiet', '-b', 'linked', '../linked'])
    for (const [folder, branch] of [
      [work, 'main'],
      [join(repository.root, 'linked'), 'linked'],
    ] as const) {
      const source = newSource({ url: folder, ref: { branch } })
      expect((await source.resolve({ signal: calm })).revision.id).toBe(id)
      expect(await listed(await openNewest(source))).toEqual({ 'a.yaml': 'file' })
    }
  })

  test('gives the commit of a tag, annotated or not, loose or packed', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.tag('plain', id)
    await repository.tag('annotated', id, 'one')
    await repository.git(['tag', '-m', 'of a tag', 'nested', 'annotated'])
    for (const pack of [false, true]) {
      if (pack) await repository.git(['pack-refs', '--all', '--prune'])
      for (const tag of ['plain', 'annotated', 'nested']) {
        const source = newSource({ url: repository.path, ref: { tag } })
        const { revision } = await source.resolve({ signal: calm })
        expect(revision.id).toBe(id)
        expect((await source.resolve({ signal: calm, since: revision })).kind).toBe('same')
      }
    }
  })

  test('follows a branch that stands for another', async () => {
    const repository = await newRepository()
    const id = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.git(['symbolic-ref', 'refs/heads/live', 'refs/heads/main'])
    expect(
      (await newSource({ url: repository.path, ref: { branch: 'live' } }).resolve({ signal: calm })).revision
        .id,
    ).toBe(id)
  })

  test('finds recorded revisions, and says when one is gone', async () => {
    const repository = await newRepository()
    const old = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': '2' } })
    const source = newSource({ url: repository.path })
    expect((await source.find(old, { signal: calm })).id).toBe(old)
    expect((await errorOf(source.find('1'.repeat(40), { signal: calm }))).code).toBe('REVISION_GONE')
    const tree = await repository.git(['rev-parse', 'main^{tree}'])
    expect((await errorOf(source.find(tree, { signal: calm }))).code).toBe('REVISION_GONE')
  })

  test('pins a commit', async () => {
    const repository = await newRepository()
    const commit = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': '2' } })
    const source = newSource({ url: repository.path, ref: { commit } })
    const { revision } = await source.resolve({ signal: calm })
    expect(revision.id).toBe(commit)
    expect((await source.resolve({ signal: calm, since: revision })).kind).toBe('same')
    const missing = newSource({ url: repository.path, ref: { commit: '1'.repeat(40) } })
    expect((await errorOf(missing.resolve({ signal: calm }))).code).toBe('REF_NOT_FOUND')
  })
})

describe('what cannot be read', () => {
  test('a folder without a repository is REPOSITORY_NOT_FOUND', async () => {
    const repository = await newRepository()
    for (const url of [repository.root, join(repository.root, 'nowhere'), join(repository.path, 'HEAD')]) {
      const error = await errorOf(newSource({ url }).resolve({ signal: calm }))
      expect(error).toMatchObject({ code: 'REPOSITORY_NOT_FOUND', kind: 'permanent' })
      expect(error.message).toContain(url)
    }
  })

  test('a repository whose files cannot be opened is REPOSITORY_UNREACHABLE', async () => {
    const repository = await newRepository()
    await rm(join(repository.path, 'config'))
    await symlink('config', join(repository.path, 'config'))
    const error = await errorOf(newSource({ url: repository.path }).resolve({ signal: calm }))
    expect(error).toMatchObject({ code: 'REPOSITORY_UNREACHABLE', kind: 'transient' })
    expect(error.message).toContain('ELOOP')
  })

  test('a repository without commits is EMPTY_REPOSITORY', async () => {
    const repository = await newRepository()
    expect((await errorOf(newSource({ url: repository.path }).resolve({ signal: calm }))).code).toBe(
      'EMPTY_REPOSITORY',
    )
  })

  test('a missing branch is REF_NOT_FOUND, with the names there are', async () => {
    const repository = await newRepository()
    await repository.commit({ branch: 'feature/maine', files: { 'a.yaml': '1' } })
    const error = await errorOf(newSource({ url: repository.path }).resolve({ signal: calm }))
    expect(error.code).toBe('REF_NOT_FOUND')
    expect(error.hint).toContain('branch feature/maine')
  })

  test.for(['--object-format=sha256', '--ref-format=reftable'])(
    'a repository made with %s is REPOSITORY_UNSUPPORTED',
    async (format) => {
      const repository = await newRepository()
      const section =
        format === '--object-format=sha256'
          ? '[extensions]\n\tobjectformat = sha256\n'
          : '[extensions]\n\trefStorage = reftable\n'
      await writeFile(join(repository.path, 'config'), `[core]\n\trepositoryformatversion = 1\n${section}`)
      expect((await errorOf(newSource({ url: repository.path }).resolve({ signal: calm }))).code).toBe(
        'REPOSITORY_UNSUPPORTED',
      )
    },
  )

  test('a ref that holds no id is REPOSITORY_CORRUPT', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1' } })
    await writeFile(join(repository.path, 'refs/heads/main'), 'nonsense\n')
    const error = await errorOf(newSource({ url: repository.path }).resolve({ signal: calm }))
    expect(error.code).toBe('REPOSITORY_CORRUPT')
    expect(error.message).not.toContain('nonsense')
  })
})
