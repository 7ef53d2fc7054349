import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type SshServer, serveSsh, sshKeys } from '../../../tools/ssh-server/index.ts'
import { type GitSourceOptions, type GitSsh, gitSource } from '../src/index.ts'
import { locateSsh } from '../src/options/ssh-location.ts'
import { sshFailureOf } from '../src/wire/ssh-failure.ts'
import { calm, endWithTest, errorOf, listed, newRepository, newSource, openNewest, textAt } from './scene.ts'

async function servedOverSsh(options: { readonly acceptsProtocol?: boolean } = {}) {
  const repository = await newRepository()
  await repository.commit({ files: { 'apps/a.yaml': 'a', 'b.yaml': 'b' } })
  const server = endWithTest(await serveSsh({ root: repository.root, ...options }))
  const url = server.url + repository.path
  return {
    repository,
    server,
    url,
    ssh: { knownHosts: server.knownHosts, identity: server.client.privateKey },
  }
}

const resolveError = (options: GitSourceOptions) => errorOf(newSource(options).resolve({ signal: calm }))

describe('a repository behind SSH', () => {
  test('is read with protocol version 2, over one connection for a poll and the download that follows', async () => {
    const { url, ssh, server, repository } = await servedOverSsh()
    const source = newSource({ url, ssh })
    const snapshot = await openNewest(source)
    expect(await listed(snapshot)).toEqual({ 'apps/a.yaml': 'file', 'b.yaml': 'file' })
    expect(await textAt(snapshot, 'apps/a.yaml')).toBe('a')
    expect(await server.commands()).toEqual([`version=2 git-upload-pack '${repository.path}'`])
    await repository.commit({ files: { 'b.yaml': 'new' } })
    const next = await source.resolve({ since: snapshot.revision, signal: calm })
    expect(next.kind).toBe('forward')
  })

  test('of a server that does not pass the version on is read with the old protocol', async () => {
    const { url, ssh, server } = await servedOverSsh({ acceptsProtocol: false })
    const snapshot = await openNewest(newSource({ url, ssh }))
    expect(await textAt(snapshot, 'b.yaml')).toBe('b')
    expect((await server.commands())[0]).toMatch(/^none /)
  })

  test('leaves no file behind, and shows its key to nobody meanwhile', async () => {
    const { url, ssh } = await servedOverSsh()
    const folder = await mkdtemp(join(tmpdir(), 'mooring-test-'))
    vi.stubEnv('TMPDIR', folder)
    try {
      const source = gitSource({ url, ssh, cacheDirectory: join(folder, 'cache') })
      await source.resolve({ signal: calm })
      const [keys = ''] = (await readdir(folder)).filter((name) => name.startsWith('mooring-ssh-'))
      expect((await stat(join(folder, keys))).mode & 0o777).toBe(0o700)
      expect((await stat(join(folder, keys, 'identity'))).mode & 0o777).toBe(0o600)
      await source[Symbol.asyncDispose]()
      expect(await readdir(folder)).toEqual(['cache'])
      expect(await readdir(join(folder, 'cache'))).toEqual([])
    } finally {
      vi.unstubAllEnvs()
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('is asked by no more than the limit at once', async () => {
    const { url, ssh } = await servedOverSsh()
    const sources = [1, 2, 3].map((at) =>
      newSource({ url, ssh, timeoutMs: 60_000 + at, limits: { maxRequestsPerHost: 1 } }),
    )
    const found = await Promise.all(sources.map((source) => source.resolve({ signal: calm })))
    expect(found.map(({ kind }) => kind)).toEqual(['forward', 'forward', 'forward'])
  })

  test('is left at the deadline and on abort', async () => {
    const { url, ssh } = await servedOverSsh()
    const error = await errorOf(newSource({ url, ssh, timeoutMs: 1 }).resolve({ signal: calm }))
    expect(error).toMatchObject({ code: 'REPOSITORY_UNREACHABLE', kind: 'transient' })
    const abort = new AbortController()
    const reason = new Error('enough')
    const resolving = newSource({ url, ssh }).resolve({ signal: abort.signal })
    abort.abort(reason)
    await expect(resolving).rejects.toBe(reason)
  })
})

describe('a server', () => {
  const underName = (server: SshServer, key: string): string => `[127.0.0.1]:${server.port} ${key}`

  test('that shows another key than the one that is known is HOST_KEY_CHANGED', async () => {
    const { url, ssh, server } = await servedOverSsh()
    const error = await resolveError({
      url,
      ssh: { ...ssh, knownHosts: underName(server, sshKeys().publicKey) },
    })
    expect(error).toMatchObject({ code: 'HOST_KEY_CHANGED', kind: 'permanent' })
    expect(await server.commands()).toEqual([])
  })

  test('whose key is not known is HOST_KEY_UNKNOWN, and its key is not learnt', async () => {
    const { url, ssh, server } = await servedOverSsh()
    const known = `other.example ${sshKeys().publicKey}`
    for (let time = 0; time < 2; time++) {
      const error = await resolveError({ url, ssh: { ...ssh, knownHosts: known } })
      expect(error).toMatchObject({ code: 'HOST_KEY_UNKNOWN', kind: 'permanent' })
    }
    expect(await server.commands()).toEqual([])
  })

  test('that does not know the key is AUTHENTICATION_FAILED', async () => {
    const { url, ssh } = await servedOverSsh()
    for (const identity of [sshKeys().privateKey, undefined]) {
      const { knownHosts } = ssh
      const error = await resolveError({ url, ssh: { knownHosts, ...(identity && { identity }) } })
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', kind: 'permanent' })
    }
  })

  test('without the repository is REPOSITORY_NOT_FOUND', async () => {
    const { url, ssh } = await servedOverSsh()
    expect((await resolveError({ url: `${url}x`, ssh })).code).toBe('REPOSITORY_NOT_FOUND')
  })

  test('that is not there is REPOSITORY_UNREACHABLE', async () => {
    const { ssh } = await servedOverSsh()
    const error = await resolveError({ url: 'ssh://git@127.0.0.1:1/x', ssh })
    expect(error).toMatchObject({ code: 'REPOSITORY_UNREACHABLE', kind: 'transient' })
  })

  test('at an address that a policy does not allow is ADDRESS_NOT_ALLOWED, and hears nothing', async () => {
    const { url, ssh, server } = await servedOverSsh()
    const error = await resolveError({ url, ssh, policy: 'untrusted' })
    expect(error.code).toBe('ADDRESS_NOT_ALLOWED')
    expect((await resolveError({ url: url.replace('127.0.0.1', '2130706433'), ssh, policy: {} })).code).toBe(
      'ADDRESS_NOT_ALLOWED',
    )
    expect(await server.commands()).toEqual([])
  })

  test('at an address that a policy allows is known by its name', async () => {
    const { url, ssh, server } = await servedOverSsh()
    const policy = { alsoAddresses: ['127.0.0.1', '::1'] }
    const named = url.replace('127.0.0.1', 'localhost')
    const knownHosts = ssh.knownHosts.replace('127.0.0.1', 'localhost')
    const source = newSource({ url: named, ssh: { ...ssh, knownHosts }, policy })
    expect((await source.resolve({ signal: calm })).kind).toBe('forward')
    expect((await resolveError({ url: named, ssh, policy })).code).toBe('HOST_KEY_UNKNOWN')
    expect((await server.commands()).length).toBe(1)
  })
})

test('a machine without ssh is SSH_NOT_AVAILABLE', async () => {
  const error = await resolveError({
    url: 'git@git.example.com:x',
    ssh: { knownHosts: `git.example.com ${sshKeys().publicKey}`, command: '/nowhere/ssh' },
  })
  expect(error).toMatchObject({ code: 'SSH_NOT_AVAILABLE', kind: 'permanent' })
})

const ssh = { knownHosts: 'git.example.com ssh-ed25519 AAAA' }

describe('an address', () => {
  test.for([
    ['ssh://git@git.example.com/team/env.git', 'git.example.com/team/env'],
    ['ssh://git@git.example.com:2222/team/env.git', 'git.example.com:2222/team/env'],
    ['git@git.example.com:team/env.git', 'git.example.com/team/env'],
    ['git.example.com:team/env', 'git.example.com/team/env'],
    ['git@[fd00::1]:env', '[fd00::1]/env'],
    ['ssh://[fd00::1]:22/env', '[fd00::1]/env'],
    ['git+ssh://git.example.com/env', 'git.example.com/env'],
  ])('%s is taken, and named %s', ([url = '', name]) => {
    expect(gitSource({ url, ssh }).name).toBe(name)
  })

  test.for([
    'ssh://-oProxyCommand=touch%20x/env',
    'ssh://-oProxyCommand=x@git.example.com/env',
    '-oProxyCommand=x:env',
    'git@-oProxyCommand=x:env',
    '-l@git.example.com:env',
    'ssh://git@git.example.com/$(touch x)',
    'ssh://git@git.example.com/%24(touch x)',
    "ssh://git@git.example.com/a'b",
    "git@git.example.com:a'; touch x; '",
    'git@git.example.com:`touch x`',
    'git@git.example.com:-x',
    'git@git.example.com:a\\b',
    'ssh://git@git.example.com/a%0ab',
    'ssh://git@git.example.com/',
    'ssh://git@git.example.com:99999/x',
    'ssh://git@/x',
    'ssh://ada:s3cret@git.example.com/x',
    'ssh://git@git.example.com/x?y',
    'git@git ex.com:x',
    'git@a"b.com:x',
  ])('%j is refused', async (url) => {
    const error = await errorOf(() => gitSource({ url, ssh }))
    expect(error.code).toBe('INVALID_OPTION')
    expect(error.message + (error.hint ?? '')).not.toContain('s3cret')
  })
})

const { privateKey: encrypted } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 's3cret' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

test.for<[string, Partial<GitSourceOptions>]>([
  ['no known hosts', {}],
  ['known hosts twice', { ssh: { ...ssh, knownHostsFile: '/etc/ssh/ssh_known_hosts' } }],
  ['known hosts that are none', { ssh: { knownHosts: 'ssh-ed25519' } }],
  ['a relative file', { ssh: { knownHostsFile: 'known_hosts' } }],
  ['a file with a quote', { ssh: { ...ssh, identityFile: '/a"b' } }],
  ['two identities', { ssh: { ...ssh, identity: sshKeys().privateKey, identityFile: '/id' } }],
  ['an identity that is none', { ssh: { ...ssh, identity: 's3cret' } }],
  ['an identity behind a passphrase', { ssh: { ...ssh, identity: encrypted } }],
  ['a relative program', { ssh: { ...ssh, command: './ssh' } }],
  ['credentials for HTTP', { ssh, auth: { token: 's3cret' } }],
  ['a proxy', { ssh, proxy: 'http://proxy' }],
])('%s is INVALID_OPTION', async ([, options]) => {
  const error = await errorOf(() => gitSource({ url: 'git@git.example.com:x', ...options }))
  expect(error.code).toBe('INVALID_OPTION')
  expect(JSON.stringify([error.message, error.hint])).not.toContain('s3cret')
})

describe('a key that ssh cannot use', () => {
  const folderWith = async (name: string, content: string, mode = 0o600): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'mooring-key-'))
    endWithTest({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) })
    await writeFile(join(folder, name), content, { mode })
    return join(folder, name)
  }
  const errorWith = (given: GitSsh) =>
    errorOf(newSource({ url: 'git@127.0.0.1:x', ssh: { ...ssh, ...given } }).resolve({ signal: calm }))

  test('is told apart from one that the server refuses', async () => {
    const missing = await errorWith({ identityFile: '/nowhere/key' })
    expect(missing).toMatchObject({ code: 'AUTHENTICATION_FAILED', kind: 'permanent' })
    expect(missing.message).toMatch(/ssh\.identityFile .*ENOENT/)
    const file = await folderWith(
      'key',
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nAAAA\n-----END RSA PRIVATE KEY-----',
    )
    expect((await errorWith({ identityFile: file })).message).toContain('passphrase')
  })

  test('is refused at once where it is given as text', async () => {
    const identity = '-----BEGIN OPENSSH PRIVATE KEY-----\nKEYLEAK\n-----END OPENSSH PRIVATE KEY-----'
    const error = await errorOf(() => newSource({ url: 'git@127.0.0.1:x', ssh: { ...ssh, identity } }))
    expect(error.code).toBe('INVALID_OPTION')
    expect(error.message).not.toContain('KEYLEAK')
  })

  test('is named by its option', () => {
    const end = {
      code: 255,
      complaint: 'Load key "/a/b": error in libcrypto\ngit@h: Permission denied (publickey).',
    }
    const location = locateSsh('git@h.example:x')
    if (location === undefined) throw new Error('none')
    expect(sshFailureOf(location, end, 'ssh.identityFile').message).toMatch(
      /ssh\.identityFile .*error in libcrypto/,
    )
  })

  test('and what a program of its own has started ends with the time', async () => {
    const script = await folderWith('slow.sh', '#!/bin/sh\nsleep 300 &\necho $! > "$0.pid"\nwait\n', 0o700)
    const source = newSource({ url: 'git@127.0.0.1:x', timeoutMs: 500, ssh: { ...ssh, command: script } })
    expect((await errorOf(source.resolve({ signal: calm }))).code).toBe('REPOSITORY_UNREACHABLE')
    await source[Symbol.asyncDispose]()
    const pid = Number(await readFile(`${script}.pid`, 'utf8'))
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})

/** Whether a process runs; one that has ended and was not yet collected does not. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) Z /.test(stat)
}
