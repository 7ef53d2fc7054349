import { basename, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type GitServer, serveGit } from '../../../../tools/git-http-server/index.ts'
import {
  type FileChange,
  type TestRepository,
  testRepository,
} from '../../../../tools/git-repository/index.ts'
import { lfsServer } from '../../../../tools/lfs-server/index.ts'
import { type GitSourceOptions, gitSource } from '../../src/index.ts'
import { calm, endWithTest, errorOf, listed, newSource, openNewest, textAt } from '../scene.ts'

const auth = { token: 's3cret' }

/** What follows a server's URL. */
const pathOf = ({ root, name }: TestRepository): string => `${basename(root)}/${name}`

const gitmodules = (urls: Readonly<Record<string, string>>): string =>
  Object.entries(urls)
    .map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`)
    .join('')

const repositoryWith = async (files: Readonly<Record<string, FileChange>>): Promise<TestRepository> => {
  const repository = endWithTest(await testRepository())
  await repository.commit({ files })
  return repository
}

/** Serves all of these under one origin. */
const serveAll = async (
  repository: TestRepository,
  options: Partial<Parameters<typeof serveGit>[0]> = {},
): Promise<GitServer> => endWithTest(await serveGit({ root: dirname(repository.root), ...options }))

/** A library, and a repository that has it as a submodule at `vendor/lib`. */
async function withLibrary(
  urlOf: (library: TestRepository) => string = (library) => `../../${pathOf(library)}`,
): Promise<{ readonly library: TestRepository; readonly env: TestRepository; readonly commit: string }> {
  const library = await repositoryWith({ 'a.yaml': 'a', 'deep/b.yaml': 'b' })
  const commit = await library.idOf()
  await library.commit({ files: { 'a.yaml': 'newer' } })
  const env = await repositoryWith({
    '.gitmodules': gitmodules({ 'vendor/lib': urlOf(library) }),
    'vendor/lib': { submodule: commit },
    'vendor/other.yaml': 'other',
    'web.yaml': 'web',
  })
  return { library, env, commit }
}

async function openBehind(
  server: GitServer,
  repository: TestRepository,
  options: Partial<GitSourceOptions> = {},
) {
  const source = newSource({ url: `${server.url}/${pathOf(repository)}`, submodules: true, ...options })
  return { source, snapshot: await openNewest(source) }
}

const readError = async (snapshot: Awaited<ReturnType<typeof openNewest>>, path = 'vendor/lib/a.yaml') =>
  errorOf(snapshot.read(path, { signal: calm }))

describe('a submodule', () => {
  test('is a folder with what its repository has at exactly the commit that stands there', async () => {
    const { env, commit } = await withLibrary()
    const { snapshot } = await openBehind(await serveAll(env, { auth }), env, { auth })
    expect(Object.keys(await listed(snapshot))).toEqual([
      '.gitmodules',
      'vendor/lib/a.yaml',
      'vendor/lib/deep/b.yaml',
      'vendor/other.yaml',
      'web.yaml',
    ])
    expect(Object.keys(await listed(snapshot, 'vendor/lib/deep'))).toEqual(['vendor/lib/deep/b.yaml'])
    expect(await textAt(snapshot, 'vendor/lib/a.yaml')).toBe('a')
    expect(await snapshot.digestOf('vendor/lib', { signal: calm })).toBe(`${commit}:s`)
    expect(await snapshot.digestOf('vendor/lib/deep/b.yaml', { signal: calm })).toMatch(/^[0-9a-f]{40}$/)
    expect(await snapshot.digestOf('vendor/lib/nothing', { signal: calm })).toBeUndefined()
    expect((await readError(snapshot, 'vendor/lib')).code).toBe('PATH_NOT_FOUND')
    expect((await readError(snapshot, 'vendor/lib/nothing')).code).toBe('PATH_NOT_FOUND')
  })

  test('costs nothing while nobody asks for what is in it', async () => {
    const { env, library } = await withLibrary()
    const server = await serveAll(env)
    const { snapshot } = await openBehind(server, env)
    expect(await textAt(snapshot, 'web.yaml')).toBe('web')
    await snapshot.digestOf('vendor', { signal: calm })
    await snapshot.digestOf('vendor/lib', { signal: calm })
    expect(server.requests().filter(({ path }) => path.includes(pathOf(library)))).toEqual([])
  })

  test('moves with the commit that names it, and counts in the metrics', async () => {
    const { env, library } = await withLibrary()
    const server = await serveAll(env)
    const { source, snapshot } = await openBehind(server, env)
    expect(await textAt(snapshot, 'vendor/lib/a.yaml')).toBe('a')
    const before = await snapshot.digestOf('vendor', { signal: calm })
    await env.commit({ files: { 'vendor/lib': { submodule: await library.idOf() } } })
    const next = await openNewest(source)
    expect(await textAt(next, 'vendor/lib/a.yaml')).toBe('newer')
    expect(await textAt(snapshot, 'vendor/lib/a.yaml')).toBe('a')
    expect(await next.digestOf('vendor', { signal: calm })).not.toBe(before)
    expect(source.metrics().fetches).toBeGreaterThan(3)
  })

  test('is fetched once for all who read it at the same time', async () => {
    const { env, library } = await withLibrary()
    const server = await serveAll(env)
    const { snapshot } = await openBehind(server, env)
    await Promise.all([
      textAt(snapshot, 'vendor/lib/a.yaml'),
      textAt(snapshot, 'vendor/lib/a.yaml'),
      listed(snapshot),
    ])
    const greetings = server.requests().filter(({ path }) => path.includes(`${pathOf(library)}/info/refs`))
    expect(greetings).toHaveLength(1)
  })

  test('may have submodules and ignore files and files of LFS of its own', async () => {
    const lfs = lfsServer()
    const inner = await repositoryWith({
      'big.bin': lfs.put('large').pointer,
      'x.yaml': 'x',
      'skip.yaml': 's',
      '.sourceignore': 'skip.yaml\n',
    })
    const middle = await repositoryWith({
      '.gitmodules': gitmodules({ inner: `../../${pathOf(inner)}` }),
      inner: { submodule: await inner.idOf() },
    })
    const env = await repositoryWith({
      '.gitmodules': gitmodules({ middle: `../../${pathOf(middle)}` }),
      middle: { submodule: await middle.idOf() },
    })
    const { snapshot } = await openBehind(await serveAll(env, { onRequest: lfs.onRequest }), env, {
      lfs: true,
    })
    expect(await textAt(snapshot, 'middle/inner/big.bin')).toBe('large')
    expect(Object.keys(await listed(snapshot))).toEqual([
      '.gitmodules',
      'middle/.gitmodules',
      'middle/inner/big.bin',
      'middle/inner/x.yaml',
    ])
  })

  test('on a named host is fetched without credentials, and one on no named host is not fetched', async () => {
    const { env, library, commit } = await withLibrary()
    const [home, other] = [await serveAll(env, { auth }), await serveAll(env, { auth })]
    const url = `${other.url}/${pathOf(library)}`
    await env.commit({ files: { '.gitmodules': gitmodules({ 'vendor/lib': url }) } })
    const refused = await openBehind(home, env, { auth })
    expect(await readError(refused.snapshot)).toMatchObject({
      code: 'SUBMODULE_NOT_ALLOWED',
      kind: 'permanent',
    })
    expect(other.requests()).toEqual([])
    const named = await openBehind(home, env, { auth, submodules: { hosts: ['127.0.0.1'] } })
    expect((await readError(named.snapshot)).code).toBe('AUTHENTICATION_FAILED')
    const open = await serveAll(env)
    await env.commit({
      files: { '.gitmodules': gitmodules({ 'vendor/lib': `${open.url}/${pathOf(library)}` }) },
    })
    const followed = await openBehind(home, env, { auth, submodules: { hosts: ['127.0.0.1'] } })
    expect(await textAt(followed.snapshot, 'vendor/lib/a.yaml')).toBe('a')
    expect(commit).toHaveLength(40)
  })

  test('below one on another host gets no credentials at home either', async () => {
    const secret = await repositoryWith({ 'key.yaml': 'secret' })
    const middle = endWithTest(await testRepository())
    const home = await serveAll(middle, { auth })
    const open = await serveAll(middle)
    await middle.commit({
      files: {
        '.gitmodules': gitmodules({ inner: `${home.url}/${pathOf(secret)}` }),
        inner: { submodule: await secret.idOf() },
      },
    })
    const env = await repositoryWith({
      '.gitmodules': gitmodules({ middle: `${open.url}/${pathOf(middle)}` }),
      middle: { submodule: await middle.idOf() },
    })
    const { snapshot } = await openBehind(home, env, { auth, submodules: { hosts: ['127.0.0.1'] } })
    expect((await readError(snapshot, 'middle/inner/key.yaml')).code).toBe('AUTHENTICATION_FAILED')
  })

  test('without the option is an error that says so', async () => {
    const { env } = await withLibrary()
    const { snapshot } = await openBehind(await serveAll(env), env, { submodules: false })
    const error = await readError(snapshot, 'vendor/lib')
    expect(error.code).toBe('SUBMODULE_NOT_SUPPORTED')
    expect(error.hint).toContain('submodules: true')
    expect((await listed(snapshot))['vendor/lib']).toBe('submodule')
  })
})

describe('a hostile .gitmodules', () => {
  /** A repository of this machine whose `.gitmodules` is this, with a submodule at `lib`. */
  const hostile = async (
    files: Readonly<Record<string, FileChange>>,
    options: Partial<GitSourceOptions> = {},
  ) => {
    const env = await repositoryWith({ lib: { submodule: '1'.repeat(40) }, 'web.yaml': 'web', ...files })
    return openNewest(newSource({ url: env.path, submodules: { hosts: ['127.0.0.1'] }, ...options }))
  }

  test.for<[string, FileChange]>([
    ['an option for a URL', gitmodules({ lib: '-u./payload' })],
    ['a command', gitmodules({ lib: 'ext::sh -c touch% x' })],
    ['a repository of this machine', gitmodules({ lib: 'file:///srv/secret.git' })],
    ['a relative URL that escapes', gitmodules({ lib: '../../../secret.git' })],
    ['credentials', gitmodules({ lib: 'https://ada:canary@127.0.0.1/x' })],
    ['a metadata service', gitmodules({ lib: 'http://169.254.169.254/latest' })],
    [
      'two of one path',
      `${gitmodules({ lib: 'https://127.0.0.1/a' })}${gitmodules({ lib: 'https://127.0.0.1/b' }).replace('"lib"', '"b"')}`,
    ],
    ['a name that escapes', gitmodules({ lib: 'https://127.0.0.1/a' }).replace('"lib"', '"../../x"')],
    ['nonsense', 'what is this'],
    ['no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['a megabyte', `${gitmodules({ lib: 'https://127.0.0.1/a' })}${'# comment\n'.repeat(100_000)}`],
    ['a link', { link: 'web.yaml' }],
    ['a pointer of LFS', lfsServer().put('x').pointer],
  ])('with %s is refused, and other files stay readable', async ([, content]) => {
    const snapshot = await hostile({ '.gitmodules': content })
    const error = await readError(snapshot, 'lib/a.yaml')
    expect(error).toMatchObject({ code: 'SUBMODULE_NOT_ALLOWED', kind: 'permanent' })
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain('canary')
    expect(await textAt(snapshot, 'web.yaml')).toBe('web')
  })

  test('that does not name a submodule leaves it one, which is refused when it is read', async () => {
    const snapshot = await hostile({ '.gitmodules': gitmodules({ other: 'https://127.0.0.1/a' }) })
    expect((await readError(snapshot, 'lib')).code).toBe('SUBMODULE_NOT_ALLOWED')
    expect((await listed(snapshot)).lib).toBe('submodule')
  })

  test('that is a folder, or names paths that are none of its submodules, leads nowhere', async () => {
    const folder = await hostile({ '.gitmodules/x': 'x' })
    expect((await readError(folder, 'lib/a.yaml')).code).toBe('SUBMODULE_NOT_ALLOWED')
    const file = await hostile({
      '.gitmodules': gitmodules({ 'web.yaml': 'https://127.0.0.1/a', nothing: 'https://127.0.0.1/a' }),
    })
    expect(await textAt(file, 'web.yaml')).toBe('web')
    expect((await readError(file, 'nothing/a')).code).toBe('PATH_NOT_FOUND')
  })

  test('makes listing what it is in an error, not a list without it', async () => {
    const snapshot = await hostile({ '.gitmodules': gitmodules({ lib: 'ext::x' }) })
    expect((await errorOf(listed(snapshot))).code).toBe('SUBMODULE_NOT_ALLOWED')
  })

  test('is refused by the policy of the source, whatever submodules.hosts says', async () => {
    const { env } = await withLibrary(() => 'https://evil.example/lib.git')
    const server = await serveAll(env)
    const policy = { schemes: ['http', 'https'], addresses: 'any', hosts: ['127.0.0.1'] } as const
    const { snapshot } = await openBehind(server, env, { policy, submodules: { hosts: ['evil.example'] } })
    const error = await readError(snapshot)
    expect(error.code).toBe('SUBMODULE_NOT_ALLOWED')
    expect(error.cause).toMatchObject({ code: 'URL_NOT_ALLOWED' })
  })

  test('that names a commit which is not given out is SUBMODULE_GONE', async () => {
    const { env } = await withLibrary()
    await env.commit({ files: { 'vendor/lib': { submodule: '1'.repeat(40) } } })
    const { snapshot } = await openBehind(await serveAll(env), env)
    expect(await readError(snapshot)).toMatchObject({ code: 'SUBMODULE_GONE', kind: 'permanent' })
    expect(await textAt(snapshot, 'web.yaml')).toBe('web')
  })

  test('that names its own repository again and again ends at the depth that is allowed', async () => {
    const env = endWithTest(await testRepository())
    const files = (commit: string) => ({
      '.gitmodules': gitmodules({ again: './../env.git' }),
      again: { submodule: commit },
    })
    await env.commit({ files: { 'end.yaml': 'end' } })
    for (let depth = 0; depth < 4; depth++) await env.commit({ files: files(await env.idOf()) })
    const { snapshot } = await openBehind(await serveAll(env), env, { submodules: { maxDepth: 3 } })
    expect((await errorOf(listed(snapshot))).code).toBe('TOO_MANY_SUBMODULES')
    expect(await textAt(snapshot, 'again/again/end.yaml')).toBe('end')
    const all = await openBehind(await serveAll(env), env, { submodules: { maxDepth: 4 } })
    expect(Object.keys(await listed(all.snapshot))).toContain('again/again/again/again/end.yaml')
  })

  test('that names many is cut off at the number that is allowed', async () => {
    const { library, env, commit } = await withLibrary()
    const urls = Object.fromEntries(['a', 'b', 'c'].map((path) => [path, `../../${pathOf(library)}`]))
    const links = Object.fromEntries(['a', 'b', 'c'].map((path) => [path, { submodule: commit }]))
    await env.commit({ files: { '.gitmodules': gitmodules(urls), 'vendor/lib': null, ...links } })
    const { snapshot } = await openBehind(await serveAll(env), env, { submodules: { maxCount: 2 } })
    expect(await textAt(snapshot, 'c/a.yaml')).toBe('a')
    expect((await errorOf(listed(snapshot))).code).toBe('TOO_MANY_SUBMODULES')
  })
})

test.for<GitSourceOptions['submodules']>([{ hosts: ['https://x'] }, { maxDepth: 0 }, { maxCount: 1.5 }])(
  'submodules: %o is INVALID_OPTION',
  async (submodules) => {
    const url = 'https://git.example.com/env.git'
    expect((await errorOf(() => gitSource({ url, ...(submodules && { submodules }) }))).code).toBe(
      'INVALID_OPTION',
    )
  },
)
