import { describe, expect, test } from 'vitest'
import type { TestRepository } from '../../../tools/git-repository/index.ts'
import { type GitRef, gitSource } from '../src/index.ts'
import { refLookup } from '../src/repository/ref-lookup.ts'
import { refNotFound } from '../src/repository/ref-not-found.ts'
import { calm, errorOf, newRepository, newSource, served } from './scene.ts'

const url = 'https://git.example.com/env'

async function tagged(...names: readonly string[]): Promise<TestRepository> {
  const repository = await newRepository()
  for (const name of names) {
    await repository.tag(
      name,
      await repository.commit({ files: { version: name } }),
      name.includes('2') ? 'annotated' : undefined,
    )
  }
  return repository
}

const labelBehind = async (address: string, ref: GitRef): Promise<string | undefined> =>
  (await newSource({ url: address, ref }).resolve({ signal: calm })).revision.label?.split('@')[0]

describe('a range of versions', () => {
  const names = [
    'v1.2.0',
    'v1.10.0',
    'v1.9.9',
    '2.0.0',
    'v2.1.0-rc.1',
    'app-1.5.0',
    'app-v1.6.0',
    'v1.11',
    'nightly',
  ]

  test.for<[GitRef, string]>([
    [{ semver: '^1.2' }, 'v1.10.0'],
    [{ semver: '1.9.x' }, 'v1.9.9'],
    [{ semver: '*' }, '2.0.0'],
    [{ semver: '>=2.1.0-rc.0' }, 'v2.1.0-rc.1'],
    [{ semver: '*', prefix: 'app-' }, 'app-v1.6.0'],
  ])('%j is the tag %s, over HTTP and on this machine', async ([ref, expected]) => {
    const repository = await tagged(...names)
    const { url: address } = await served(repository)
    expect(await labelBehind(address, ref)).toBe(expected)
    expect(await labelBehind(repository.path, ref)).toBe(expected)
  })

  test('follows a tag that is pushed, and says that it follows', async () => {
    const repository = await tagged('v1.0.0')
    const { url: address } = await served(repository)
    const source = newSource({ url: address, ref: { semver: '^1' } })
    const { revision: since } = await source.resolve({ signal: calm })
    await repository.tag('v1.0.1', await repository.commit({ files: { a: '1' } }), 'next')
    const next = await source.resolve({ since, signal: calm })
    expect(next).toMatchObject({
      kind: 'forward',
      revision: { id: await repository.idOf(), label: expect.stringMatching(/^v1\.0\.1@/) as unknown },
    })
    expect((await source.resolve({ since: next.revision, signal: calm })).kind).toBe('same')
  })

  test('takes the same tag whenever two name one version', async () => {
    const repository = await tagged('v1.0.0', '1.0.0')
    expect(await labelBehind(repository.path, { semver: '^1' })).toBe('1.0.0')
  })

  test('that no tag is in is REF_NOT_FOUND, and names tags that are there', async () => {
    const { url: address } = await served(await tagged('v1.0.0'))
    const error = await errorOf(newSource({ url: address, ref: { semver: '^3' } }).resolve({ signal: calm }))
    expect(error).toMatchObject({ code: 'REF_NOT_FOUND', hint: expect.stringContaining('v1.0.0') as unknown })
  })

  test('that is none is INVALID_OPTION at the first question', async () => {
    const { url: address } = await served(await tagged('v1.0.0'))
    const error = await errorOf(
      newSource({ url: address, ref: { semver: 'newest' } }).resolve({ signal: calm }),
    )
    expect(error.code).toBe('INVALID_OPTION')
  })
})

describe('a full name', () => {
  test.for(['refs/pull/7/head', 'refs/heads/main', 'refs/tags/v2'])('%s is followed', async (name) => {
    const repository = await tagged('v2')
    const commit = await repository.idOf()
    await repository.git(['update-ref', 'refs/pull/7/head', commit])
    const { url: address } = await served(repository)
    for (const place of [address, repository.path]) {
      const { revision } = await newSource({ url: place, ref: { name } }).resolve({ signal: calm })
      expect(revision).toMatchObject({ id: commit, label: `${name}@${commit.slice(0, 7)}` })
    }
  })

  test.for([
    'main',
    'refs/',
    'refs/heads',
    'refs/heads/',
    'refs/heads/../x',
    'refs/a/b c',
    '-x',
    'refs/heads/a.lock',
  ])('%j is refused', async (name) => {
    expect((await errorOf(() => gitSource({ url, ref: { name } }))).code).toBe('INVALID_OPTION')
  })
})

test.for<GitRef>([
  { branch: 'main', prefix: 'v' } as GitRef,
  { semver: 'a\nb' },
  { semver: '1', prefix: '../' },
  { semver: '1', prefix: '-' },
  { semver: '1', tag: 'v1' } as GitRef,
])('%j is no ref', async (ref) => {
  expect((await errorOf(() => gitSource({ url, ref }))).code).toBe('INVALID_OPTION')
})

describe('a hundred thousand tags', () => {
  const names = Array.from(
    { length: 100_000 },
    (_, at) => `refs/tags/v1.${at % 1000}.${Math.floor(at / 1000)}`,
  )

  test('are looked through without keeping the event loop from everything else', async () => {
    let turns = 0
    let isOver = false
    // Loading the library takes turns of its own.
    await refLookup({ semver: '*' }).choose([], calm)
    const turn = (): void => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    const looking = refLookup({ semver: '>=1.0.0-0' }).choose(names, calm)
    setImmediate(turn)
    expect(await looking).toBe('refs/tags/v1.999.99')
    isOver = true
    expect(turns).toBeGreaterThan(1)
  })

  test('are left when nobody waits any more', async () => {
    const abort = new AbortController()
    const looking = refLookup({ semver: '^1.2' }).choose(names, abort.signal)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(looking).rejects.toBe(reason)
  })
})

describe('the names that are there', () => {
  const at = (...branches: readonly string[]) => branches.map((name) => `refs/heads/${name}`)
  const hint = (ref: GitRef, names: readonly string[]) => refNotFound(ref, 'here', names).hint

  test('are told with those first that come nearest', () => {
    const names = at('alias', 'beta', 'main', 'next', 'old', 'release/1.2', 'zeta')
    expect(hint({ branch: 'mian' }, names)).toContain('There are: branch main,')
    expect(hint({ branch: '1.2' }, names)).toContain('There are: branch release/1.2,')
  })

  test('are tags where a range of versions is followed', () => {
    const names = [...at('main', 'v2'), 'refs/tags/v1.0.0']
    expect(hint({ semver: '^2', prefix: 'v' }, names)).toContain('There are: tag v1.0.0.')
    expect(hint({ semver: '^2' }, at('main'))).not.toContain('main')
  })
})
