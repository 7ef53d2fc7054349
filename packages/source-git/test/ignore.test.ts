import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { memorySource } from '@mooring/core/testing'
import { ignoreFilter } from '@mooring/source-git'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runGit } from '../../../tools/git-repository/run-git.ts'
import { ignoredSnapshot } from '../src/ignore/ignored-snapshot.ts'
import { calm, errorOf, listed, newRepository, newSource, openNewest } from './scene.ts'

describe('ignoreFilter', () => {
  test.each([
    {
      lines: ['*.md', '!README.md'],
      out: ['notes.md', 'a/notes.md'],
      stays: ['README.md', 'a/README.md', 'a.mdx'],
    },
    { lines: ['/drafts/'], out: ['drafts/', 'drafts/a'], stays: ['drafts', 'a/drafts/b'] },
    { lines: ['drafts/', '!drafts/a'], out: ['drafts/a'], stays: ['draft'] },
    { lines: ['/*', '!/apps/'], out: ['README', 'infra/a'], stays: ['apps/', 'apps/a/b'] },
    { lines: ['# note', '', '\\#real', 'Case'], out: ['#real', 'Case'], stays: ['note', 'case'] },
  ])('of $lines leaves out what Git would', ({ lines, out, stays }) => {
    const isIgnored = ignoreFilter(lines)
    for (const path of out) expect([path, isIgnored(path)]).toEqual([path, true])
    for (const path of stays) expect([path, isIgnored(path)]).toEqual([path, false])
  })

  test('never leaves out a path that is none', () => {
    for (const path of ['', '/a', '../a', './a']) expect(ignoreFilter(['*'])(path)).toBe(false)
  })
})

test('files named .sourceignore leave out exactly what Git would, in any folder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'mooring-ignore-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const name = fc.constantFrom('a', 'b', 'a.md', 'B', '[x]', 'a b')
  const folder = fc.array(fc.constantFrom('a', 'd', '[x]'), { maxLength: 2 })
  const path = fc
    .tuple(folder, name)
    .map(([folders, last]) => [...folders.map((each) => `${each}_`), last].join('/'))
  const pattern = fc.tuple(
    fc.constantFrom('', '!'),
    fc.constantFrom('', '/', '**/'),
    fc.constantFrom(
      'a',
      'b',
      '*',
      '*.md',
      'a_',
      'd_',
      'a_/b',
      'a_/*',
      '**/a',
      '\\[x\\]',
      '[ab]',
      'a b',
      'd_/**',
      '#a',
      '',
    ),
    fc.constantFrom('', '/', ' '),
  )
  const rules = fc.array(
    pattern.map((parts) => parts.join('')),
    { maxLength: 4 },
  )
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(path, { minLength: 1, maxLength: 8 }),
      fc.dictionary(fc.constantFrom('', 'a_/', 'd_/', 'a_/d_/', '[x]_/'), rules, { maxKeys: 3 }),
      async (paths, ignores) => {
        const files = Object.fromEntries(paths.map((each) => [each, 'x']))
        for (const [place, lines] of Object.entries(ignores))
          files[`${place}.sourceignore`] = `${lines.join('\n')}\n`
        const work = join(root, `${++run}`)
        for (const [each, content] of Object.entries(files)) {
          await mkdir(dirname(join(work, each)), { recursive: true })
          await writeFile(join(work, each), content)
        }
        await runGit(work, ['init', '--quiet'])
        const git = await runGit(work, [
          'ls-files',
          '-z',
          '--others',
          '--exclude-per-directory=.sourceignore',
        ])
        const noted = new Set(Object.keys(ignores).map((place) => place.replace(/\/$/, '')))
        const source = memorySource({ files })
        const { revision } = await source.resolve({ signal: calm })
        const snapshot = ignoredSnapshot(
          await source.open(revision, { signal: calm }),
          { lines: [], files: true },
          noted,
        )
        const seen = Object.keys(await listed(snapshot))
        // What is in a repository for its source only is not shown.
        expect(seen.toSorted()).toEqual(
          git
            .split('\0')
            .filter((each) => each !== '' && !each.endsWith('.sourceignore'))
            .toSorted(),
        )
        for (const each of Object.keys(files)) {
          expect((await snapshot.digestOf(each, { signal: calm })) !== undefined).toBe(seen.includes(each))
        }
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)

test('rules that could keep the event loop busy are refused', async () => {
  const refused = [
    ['**/a/**/a/**/a/**/b'],
    ['a*a*a*a*b'],
    ['**/a/**/*x*y*'],
    Array.from({ length: 31 }, () => '**/a/**/b/**/c'),
    Array.from({ length: 3_001 }, () => 'a'),
  ]
  for (const lines of refused)
    expect((await errorOf(() => ignoreFilter(lines))).code).toBe('IGNORE_RULES_TOO_COSTLY')
  expect(ignoreFilter(['**/**/**/**/**/a', '*.test.*', '/a/**', '**/vendor/**'])('b/a')).toBe(true)
  const repository = await newRepository()
  const file = 'apps/.sourceignore'
  await repository.commit({ files: { 'a.yaml': '1', 'apps/b.yaml': '1', [file]: `${'**/a/'.repeat(7)}b\n` } })
  const snapshot = await openNewest(newSource({ url: repository.path }))
  expect((await errorOf(listed(snapshot))).message).toContain(file)
})

describe('what a source leaves out', () => {
  test('is not there: no digest, not listed, not read', async () => {
    const repository = await newRepository()
    await repository.commit({
      files: {
        'apps/a.yaml': '1',
        'apps/notes.md': '2',
        'infra/b.yaml': '3',
        '.sourceignore': '*.md\n',
        'infra/.sourceignore': 'b.yaml\n',
      },
    })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    expect(Object.keys(await listed(snapshot)).toSorted()).toEqual(['apps/a.yaml'])
    for (const path of ['apps/notes.md', 'infra/b.yaml', '.sourceignore']) {
      expect(await snapshot.digestOf(path, { signal: calm })).toBeUndefined()
      await expect(snapshot.read(path, { signal: calm })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    }
    const all = await openNewest(newSource({ url: repository.path, sourceIgnore: false }))
    expect(Object.keys(await listed(all))).toContain('apps/notes.md')
  })

  test('changes the digest of a folder although the folder has not changed', async () => {
    const repository = await newRepository()
    await repository.commit({
      files: { 'apps/a.yaml': '1', 'apps/b.yaml': '2', '.sourceignore': 'b.yaml\n' },
    })
    const source = newSource({ url: repository.path })
    const before = await (await openNewest(source)).digestOf('apps', { signal: calm })
    await repository.commit({ files: { '.sourceignore': 'a.yaml\n' } })
    const after = await (await openNewest(source)).digestOf('apps', { signal: calm })
    expect(after).not.toBe(before)
    await repository.commit({ files: { '.sourceignore': 'b.yaml\n' } })
    expect(await (await openNewest(source)).digestOf('apps', { signal: calm })).toBe(before)
  })

  test('cannot be told by a file that never ends', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.yaml': '1', '.sourceignore': 'x\n'.repeat(40_000) } })
    const snapshot = await openNewest(newSource({ url: repository.path }))
    await expect(listed(snapshot)).rejects.toMatchObject({ code: 'IGNORE_FILE_TOO_LARGE' })
  })
})
