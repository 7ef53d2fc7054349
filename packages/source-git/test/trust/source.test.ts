import type { Revision, Source } from '@mooring/core'
import { describe, expect, test } from 'vitest'
import type { TestRepository } from '../../../../tools/git-repository/index.ts'
import { type GitSourceOptions, gitSource } from '../../src/index.ts'
import { calm, errorOf, newRepository, newSource, served } from '../scene.ts'
import { commitSigned, newKey, type SigningKey, tagSigned } from './signing.ts'

interface Scene {
  readonly repository: TestRepository
  readonly key: SigningKey
  readonly url: string
  readonly open: (options?: Partial<GitSourceOptions>) => Source
  readonly requests: () => number
}

/** A repository behind HTTP, a trusted key, and sources that look for its signatures. */
async function newScene(
  mode: 'head' | 'tag' | 'both' | 'every',
  ref?: GitSourceOptions['ref'],
): Promise<Scene> {
  const repository = await newRepository()
  const key = await newKey()
  const { url, server } = await served(repository)
  const verify = { mode, trusted: { ssh: key.publicKey } }
  return {
    repository,
    key,
    url,
    requests: () => server.requests().length,
    open: (options = {}) => newSource({ url, ...(ref && { ref }), verify, ...options }),
  }
}

const signer = 'ada@example.com'
const verified = { outcome: 'verified', signer }
const ask = (source: Source, since?: Revision) => source.resolve({ signal: calm, ...(since && { since }) })
const outcome = async (source: Source, since?: Revision) =>
  (await ask(source, since)).revision.verification?.outcome

describe('the newest commit', () => {
  test('that is signed is verified when it comes, when it is found again and after a restart', async () => {
    const { repository, key, open } = await newScene('head')
    const id = await commitSigned(repository, { key })
    const source = open()
    const { revision } = await ask(source)
    expect(revision).toMatchObject({ id, verification: verified })
    expect(await source.find(id, { signal: calm })).toMatchObject({ id, verification: verified })
    expect(await open().find(id, { signal: calm })).toMatchObject({ id, verification: verified })
  })

  test('that nobody signed is given out as such', async () => {
    const { repository, key, open } = await newScene('head')
    await commitSigned(repository, { key })
    const source = open()
    const { revision } = await ask(source)
    await commitSigned(repository, { message: 'unsigned' })
    expect(await outcome(source, revision)).toBe('unsigned')
  })

  test('is looked at in a pinned source too, and in a repository of this machine', async () => {
    const { repository, key, open } = await newScene('head')
    const id = await commitSigned(repository, { key })
    expect(await outcome(open({ ref: { commit: id } }))).toBe('verified')
    expect(await outcome(open({ url: repository.path }))).toBe('verified')
  })

  test('is checked with the keys as they are valid now, not when it says it was made', async () => {
    const { repository, key, url } = await newScene('head')
    await commitSigned(repository, { key })
    const trusted = { ssh: `ada valid-before="20300101Z" ${key.publicKey}` }
    const at = (now: number) => newSource({ url, verify: { mode: 'head', trusted, now: () => now } })
    expect(await outcome(at(Date.UTC(2029, 11, 31)))).toBe('verified')
    expect(await outcome(at(Date.UTC(2030, 0, 2)))).toBe('untrusted')
  })

  test('says nothing of signatures where nobody asks for them', async () => {
    const { repository, key, url } = await newScene('head')
    await commitSigned(repository, { key })
    expect((await ask(newSource({ url }))).revision).not.toHaveProperty('verification')
  })
})

describe('a tag', () => {
  const ref = { tag: 'v1' }

  test('that is signed is verified, whoever made the commit', async () => {
    const { repository, key, open } = await newScene('tag', ref)
    const id = await commitSigned(repository)
    await tagSigned(repository, 'v1', key)
    const source = open()
    expect((await ask(source)).revision).toMatchObject({ id, verification: verified })
    expect((await open().find(id, { signal: calm })).verification).toEqual(verified)
    expect(await outcome(open({ url: repository.path }))).toBe('verified')
  })

  test('that is signed brings no history with it', async () => {
    const { repository, key, open, requests } = await newScene('tag', ref)
    for (let at = 0; at < 3; at++) await commitSigned(repository, { message: `${at}` })
    await tagSigned(repository, 'v1', key)
    const source = open()
    await ask(source)
    // What the server can do and the tag, its commit, the tag object.
    expect(requests()).toBe(4)
  })

  test('that is a name only, or has a message and no signature, is unsigned', async () => {
    const { repository, key, open } = await newScene('tag', ref)
    await commitSigned(repository, { key })
    await repository.tag('v1', 'main')
    expect(await outcome(open())).toBe('unsigned')
    await repository.tag('v1', 'main', 'Release')
    expect(await outcome(open())).toBe('unsigned')
  })

  test('that was signed under another name is invalid', async () => {
    const { repository, key, open } = await newScene('tag', ref)
    await commitSigned(repository, { key })
    await tagSigned(repository, 'v0', key)
    const old = await repository.git(['rev-parse', 'refs/tags/v0'])
    await commitSigned(repository, { message: 'newer', key })
    await repository.git(['update-ref', 'refs/tags/v1', old])
    expect((await ask(open())).revision.verification).toMatchObject({
      outcome: 'invalid',
      reason: 'the tag is signed under another name',
    })
  })

  test('and its commit both have to be signed where both are asked for', async () => {
    const { repository, key, open } = await newScene('both', ref)
    await commitSigned(repository, { key })
    await tagSigned(repository, 'v1', key)
    expect(await outcome(open())).toBe('verified')
    await commitSigned(repository)
    await tagSigned(repository, 'v1', key)
    expect(await outcome(open())).toBe('unsigned')
    await commitSigned(repository, { key })
    await repository.tag('v1', 'main')
    expect(await outcome(open())).toBe('unsigned')
  })
})

describe('every commit since the last verified one', () => {
  test('has to be signed, also when somebody signs on top', async () => {
    const { repository, key, open } = await newScene('every')
    await commitSigned(repository, { key })
    const source = open()
    const first = (await ask(source)).revision
    expect(first.verification).toEqual(verified)
    const bad = await commitSigned(repository, { message: 'unsigned' })
    const second = (await ask(source, first)).revision
    expect(second.verification?.outcome).toBe('unsigned')
    await commitSigned(repository, { message: 'on top', key })
    expect((await ask(source, second)).revision.verification).toEqual({
      outcome: 'unsigned',
      reason: `commit ${bad.slice(0, 12)} before it: it has no signature`,
    })
  })

  test('is verified again once what nobody signed has been taken out', async () => {
    const { repository, key, open } = await newScene('every')
    const good = await commitSigned(repository, { key })
    const source = open()
    const first = (await ask(source)).revision
    await commitSigned(repository, { message: 'unsigned' })
    const second = (await ask(source, first)).revision
    await commitSigned(repository, { message: 'instead', key, parents: [good] })
    const third = await ask(source, second)
    expect(third).toMatchObject({ kind: 'diverged', revision: { verification: verified } })
  })

  test('is found on merged lines too, whichever parent they are', async () => {
    const { repository, key, open } = await newScene('every')
    const base = await commitSigned(repository, { key })
    const source = open()
    const first = (await ask(source)).revision
    const side = await commitSigned(repository, { message: 'side', parents: [base], branch: null })
    const next = await commitSigned(repository, { message: 'next', key })
    await commitSigned(repository, { message: 'merge', key, parents: [next, side] })
    expect(await outcome(source, first)).toBe('unsigned')
  })

  test('leaves out what is older than the verified one, on merged lines too', async () => {
    const { repository, key, open } = await newScene('every')
    // Nobody signed in those days.
    const old = await commitSigned(repository, { message: 'old' })
    await commitSigned(repository, { message: 'between' })
    await commitSigned(repository, { message: 'more' })
    const base = await commitSigned(repository, { message: 'base', key })
    const source = open()
    const first = (await ask(source)).revision
    expect(first).toMatchObject({ id: base, verification: verified })
    // Begun before the verified one, of which only the newest is here.
    const side = await commitSigned(repository, { message: 'side', key, parents: [old], branch: null })
    await commitSigned(repository, { message: 'merge', key, parents: [base, side] })
    expect((await ask(source, first)).revision.verification).toEqual(verified)
  })

  test('counts from a commit that is given, after a restart too', async () => {
    const { repository, key, url } = await newScene('every')
    const base = await commitSigned(repository, { message: 'looked at' })
    const bad = await commitSigned(repository, { message: 'unsigned' })
    await commitSigned(repository, { message: 'on top', key })
    const from = (since: string) =>
      newSource({ url, verify: { mode: 'every', trusted: { ssh: key.publicKey }, since } })
    expect(await outcome(from(base))).toBe('unsigned')
    expect(await outcome(from(bad))).toBe('verified')
    expect(await outcome(from('1'.repeat(40)))).toBe('unsigned')
  })

  test('goes back to an older one that was signed', async () => {
    const { repository, key, open } = await newScene('every')
    await commitSigned(repository, { message: 'unsigned' })
    const older = await commitSigned(repository, { message: 'older', key })
    const newer = await commitSigned(repository, { message: 'newer', key })
    const source = open()
    const first = (await ask(source)).revision
    expect(first.id).toBe(newer)
    expect((await source.find(older, { signal: calm })).verification).toEqual(verified)
    await repository.moveBranch('main', older)
    expect(await outcome(source, first)).toBe('verified')
  })

  test('is looked at up to a limit', async () => {
    const { repository, key, url } = await newScene('every')
    const base = await commitSigned(repository, { key })
    for (let at = 0; at < 4; at++) await commitSigned(repository, { message: `${at}`, key })
    const upTo = (maxCommits: number) =>
      newSource({ url, verify: { mode: 'every', trusted: { ssh: key.publicKey }, since: base, maxCommits } })
    expect(await outcome(upTo(4))).toBe('verified')
    expect(await outcome(upTo(3))).toBe('untrusted')
  })
})

describe('a source that goes forward only', () => {
  test('refuses a branch pushed with force, and goes on when it is put right', async () => {
    const { repository, url } = await newScene('head')
    const first = await repository.commit({ files: { 'a.yaml': '1' } })
    const second = await repository.commit({ files: { 'a.yaml': '2' } })
    const source = newSource({ url, history: 'forward-only' })
    const { revision } = await ask(source)
    await repository.commit({ files: { 'a.yaml': '3' }, parent: first })
    expect(await errorOf(ask(source, revision))).toMatchObject({ code: 'GIT_DIVERGED', kind: 'permanent' })
    expect(await errorOf(ask(source, revision))).toMatchObject({ code: 'GIT_DIVERGED' })
    await repository.moveBranch('main', first)
    expect(await errorOf(ask(source, revision))).toMatchObject({ code: 'GIT_DIVERGED' })
    await repository.moveBranch('main', second)
    expect((await ask(source, revision)).kind).toBe('same')
    await repository.commit({ files: { 'a.yaml': '4' } })
    expect((await ask(source, revision)).kind).toBe('forward')
  })

  test('remembers for all who ask what one of them was given', async () => {
    const { repository, url } = await newScene('head')
    const first = await repository.commit({ files: { 'a.yaml': '1' } })
    const source = newSource({ url, history: 'forward-only' })
    const { revision: older } = await ask(source)
    const second = await repository.commit({ files: { 'a.yaml': '2' } })
    expect((await ask(source)).revision.id).toBe(second)
    for (const tip of [first, await repository.commit({ files: { 'a.yaml': 'evil' }, parent: first })]) {
      await repository.moveBranch('main', tip)
      expect(await errorOf(ask(source))).toMatchObject({ code: 'GIT_DIVERGED' })
      expect(await errorOf(ask(source, older))).toMatchObject({ code: 'GIT_DIVERGED' })
    }
    await repository.git(['update-ref', '-d', 'refs/heads/main'])
    expect((await errorOf(ask(source))).code).not.toBe('GIT_DIVERGED')
    await repository.moveBranch('main', first)
    expect(await errorOf(ask(source, older))).toMatchObject({ code: 'GIT_DIVERGED' })
    await repository.moveBranch('main', second)
    const third = await repository.commit({ files: { 'a.yaml': '3' } })
    expect((await ask(source, older)).kind).toBe('forward')
    expect((await ask(source)).revision.id).toBe(third)
  })

  test('answers many who ask while its branch moves on', async () => {
    const { repository, url } = await newScene('head')
    await repository.commit({ files: { 'a.yaml': '0' } })
    const source = newSource({ url, history: 'forward-only' })
    const asked: Promise<unknown>[] = []
    for (let at = 1; at < 6; at++) {
      asked.push(ask(source), ask(source))
      await repository.commit({ files: { 'a.yaml': `${at}` } })
    }
    await Promise.all(asked)
    expect((await ask(source)).revision.id).toBe(await repository.idOf())
  })

  test('is held to a commit that is given, after a restart too', async () => {
    const { repository, url } = await newScene('head')
    const first = await repository.commit({ files: { 'a.yaml': '1' } })
    const second = await repository.commit({ files: { 'a.yaml': '2' } })
    const from = (forwardFrom: string) => newSource({ url, history: { forwardFrom } })
    expect((await ask(from(first))).revision.id).toBe(second)
    expect((await ask(from(second))).revision.id).toBe(second)
    await repository.moveBranch('main', first)
    expect((await ask(from(first))).revision.id).toBe(first)
    expect(await errorOf(ask(from(second)))).toMatchObject({ code: 'GIT_DIVERGED' })
  })

  test('refuses a tag that moves, of a range of versions too', async () => {
    const { repository, url } = await newScene('head')
    const first = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.tag('v1.0.0', first)
    const sources = [{ tag: 'v1.0.0' }, { semver: '^1', prefix: 'v' }, { name: 'refs/tags/v1.0.0' }].map(
      (ref) => newSource({ url, ref, history: 'forward-only' }),
    )
    const before = await Promise.all(sources.map((source) => ask(source)))
    const second = await repository.commit({ files: { 'a.yaml': '2' } })
    await repository.tag('v1.0.0', second)
    for (const [at, source] of sources.entries()) {
      const error = await errorOf(ask(source, before[at]?.revision))
      expect(error).toMatchObject({ code: 'GIT_TAG_MOVED', kind: 'permanent' })
    }
    await repository.tag('v1.0.0', first)
    await repository.tag('v1.1.0', second)
    const found = await Promise.all(sources.map((source, at) => ask(source, before[at]?.revision)))
    expect(found.map(({ revision }) => revision.id)).toEqual([first, second, first])
  })

  test('lets everything move where nobody asks', async () => {
    const { repository, url } = await newScene('head')
    const first = await repository.commit({ files: { 'a.yaml': '1' } })
    await repository.commit({ files: { 'a.yaml': '2' } })
    const source = newSource({ url })
    const { revision } = await ask(source)
    await repository.moveBranch('main', first)
    expect((await ask(source, revision)).kind).toBe('diverged')
  })
})

describe('options that make no sense', () => {
  const trusted = { ssh: `ada ssh-ed25519 ${Buffer.alloc(51).toString('base64')}` }
  test.each([
    { verify: { mode: 'head', trusted: {} } },
    { verify: { mode: 'head', trusted } },
    { verify: { mode: 'tip', trusted } },
    { verify: { mode: 'tag', trusted }, ref: { branch: 'main' } },
    { verify: { mode: 'every', trusted }, ref: { tag: 'v1' } },
    { verify: { mode: 'head', trusted, since: '1'.repeat(40) } },
    { verify: { mode: 'every', trusted, since: 'main' } },
    { verify: { mode: 'every', trusted, maxCommits: 0 } },
    { history: 'backward' },
    { history: { forwardFrom: 'main' } },
    { history: { forwardFrom: '1'.repeat(40) }, ref: { tag: 'v1' } },
  ])('are refused: %j', async (options) => {
    const made = () => gitSource({ url: 'https://git.example.com/a.git', ...options } as GitSourceOptions)
    expect((await errorOf(made)).code).toBe('INVALID_OPTION')
  })
})
