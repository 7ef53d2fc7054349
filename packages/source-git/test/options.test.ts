import { isAbsolute } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type GitRef, type GitSourceOptions, gitSource } from '../src/index.ts'
import { errorOf } from './scene.ts'

const url = 'https://git.example.com/team/env.git'

describe('the address', () => {
  test.for([
    [url, 'git.example.com/team/env'],
    ['http://git.example.com:8080/env/', 'git.example.com:8080/env'],
    ['HTTPS://Git.Example.com/env', 'git.example.com/env'],
    ['/srv/git/env.git', '/srv/git/env.git'],
    ['file:///srv/git/my%20env', '/srv/git/my env'],
  ])('%s is taken, and named after host and path', ([address = '', name]) => {
    expect(gitSource({ url: address }).name).toBe(name)
  })

  test('a relative path is taken as one from the working directory', () => {
    expect(isAbsolute(gitSource({ url: './env:1' }).name)).toBe(true)
  })

  test.for([
    ['', 'it is empty'],
    ['-u/tmp/x', 'begins with a dash'],
    ['--upload-pack=touch x', 'begins with a dash'],
    ['https://git.example.com/a\nb', 'control characters'],
    ['https://git.example.com/a%0ab', 'control characters'],
    ['https://git.example.com/env?x=1', '? and #'],
    ['https://git.example.com/env#main', '? and #'],
    ['https://', 'cannot be parsed'],
    ['git://git.example.com/env', 'its scheme is git'],
    ['ext::sh -c touch% x', 'its scheme is ext'],
    ['file://elsewhere/srv/env', 'no folder of this machine'],
    ['file:///srv/a%00b', 'no folder of this machine'],
  ])('%j is refused: %s', async ([address = '', why]) => {
    expect(await errorOf(() => gitSource({ url: address }))).toMatchObject({
      code: 'INVALID_OPTION',
      kind: 'permanent',
      message: expect.stringContaining(why ?? '') as unknown,
    })
  })

  test.for(['https://ada:s3cret@git.example.com/env', 'https://s3cret@git.example.com/env'])(
    'credentials in %s are refused, not repeated, and sent to auth',
    async (address) => {
      const error = await errorOf(() => gitSource({ url: address }))
      expect(error).toMatchObject({
        code: 'INVALID_OPTION',
        hint: expect.stringContaining('`auth`') as unknown,
      })
      expect(JSON.stringify([error.message, error.hint])).not.toContain('s3cret')
    },
  )
})

describe('the ref', () => {
  test.for(['main', 'release/1.2', 'feature-x', 'ünïcode', 'a@b', 'v1.0.0'])('%s is a branch', (branch) => {
    expect(() => gitSource({ url, ref: { branch } })).not.toThrow()
  })

  test.for([
    '',
    '@',
    '-x',
    '--upload-pack=x',
    'refs/heads/main',
    'HEAD',
    'a..b',
    '../x',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a//b',
    '/a',
    'a/',
    'a.',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a@{1}',
    'a\nb',
    'a\u{7f}b',
    'a'.repeat(300),
  ])('%j is no branch and no tag', async (name) => {
    expect((await errorOf(() => gitSource({ url, ref: { branch: name } }))).code).toBe('INVALID_OPTION')
    expect((await errorOf(() => gitSource({ url, ref: { tag: name } }))).code).toBe('INVALID_OPTION')
  })

  test.for(['1f3c9a2', 'main', 'g'.repeat(40), '0'.repeat(39)])(
    'commit %s is refused, because it is no full id',
    async (commit) => {
      const error = await errorOf(() => gitSource({ url, ref: { commit } }))
      expect(error).toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('40') as unknown,
      })
    },
  )

  test('two refs at once are refused', async () => {
    const ref = { branch: 'main', tag: 'v1' } as GitRef
    expect((await errorOf(() => gitSource({ url, ref }))).message).toContain('exactly one')
  })
})

describe('the other options', () => {
  test('polling every minute is the default', () => {
    expect(gitSource({ url }).pollMs).toBe(60_000)
    expect(gitSource({ url, pollMs: 5000 }).pollMs).toBe(5000)
  })

  test('a name given is the name', () => {
    expect(gitSource({ url, name: 'env' }).name).toBe('env')
  })

  test.for<[string, Partial<GitSourceOptions>]>([
    ['pollMs', { pollMs: 0 }],
    ['pollMs', { pollMs: Number.NaN }],
    ['timeoutMs', { timeoutMs: -1 }],
    ['timeoutMs', { timeoutMs: 2 ** 32 }],
    ['limits.maxFileBytes', { limits: { maxFileBytes: 1.5 } }],
    ['limits.maxResponseBytes', { limits: { maxResponseBytes: 0 } }],
    ['name', { name: 'a\nb' }],
    ['auth', { auth: { token: '' } }],
    ['auth', { auth: { token: 's3cret\n' } }],
    ['auth', { auth: { username: 'ada', password: '' } }],
    ['auth.username', { auth: { username: 'a:b', password: 's3cret' } }],
    ['auth', { url: '/srv/env', auth: { token: 's3cret' } }],
  ])('%s is checked at once: %j', async ([option, given]) => {
    const error = await errorOf(() => gitSource({ url, ...given }))
    expect(error.code).toBe('INVALID_OPTION')
    expect(error.message).toContain(`option ${option} `)
    expect(JSON.stringify([error.message, error.hint])).not.toContain('s3cret')
  })
})

test('a proxy function that fails is INVALID_OPTION, with what it threw as the cause', async () => {
  const thrown = new Error('no such setting')
  const proxy = (): string => {
    throw thrown
  }
  expect(await errorOf(() => gitSource({ url, proxy }))).toMatchObject({
    code: 'INVALID_OPTION',
    cause: thrown,
  })
})
