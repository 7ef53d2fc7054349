import { describe, expect, test } from 'vitest'
import { readsAreUnchanged, recordReads } from '../../src/pass/record-reads.ts'
import type { Snapshot } from '../../src/ports/snapshot.ts'
import { type FileChanges, memorySource } from '../../src/testing/index.ts'

const options = { signal: new AbortController().signal }
const files = {
  'app/web.yaml': 'web',
  'app/deep/er/db.yaml': 'db',
  'bases/base.yaml': 'base',
  'apple/other.yaml': 'other',
} as const

const snapshotOf = async (changes: FileChanges = {}): Promise<Snapshot> => {
  const source = memorySource({ files })
  if (Object.keys(changes).length > 0) source.commit(changes)
  const { revision } = await source.resolve(options)
  return source.open(revision, options)
}

type Reading = (snapshot: Snapshot) => Promise<unknown>
const list =
  (path: string): Reading =>
  async (snapshot) => {
    for await (const _ of snapshot.list(path, options));
  }
const read =
  (path: string): Reading =>
  (snapshot) =>
    snapshot.read(path, options)
const digestOf =
  (path: string): Reading =>
  (snapshot) =>
    snapshot.digestOf(path, options)

/** What is recorded of some reading; what is not there does not end it. */
const readsOf = async (...readings: readonly Reading[]) => {
  const { snapshot, reads } = recordReads(await snapshotOf())
  for (const reading of readings) await reading(snapshot).catch(() => undefined)
  return reads
}

describe('what is recorded', () => {
  test.each<readonly [what: string, readings: readonly Reading[], paths: readonly string[]]>([
    ['of nothing is nothing', [], []],
    ['of a file is that file', [read('app/web.yaml')], ['app/web.yaml']],
    [
      'of a file read twice is that file once',
      [read('app/web.yaml'), read('app/web.yaml')],
      ['app/web.yaml'],
    ],
    ['of a digest is its path', [digestOf('app'), digestOf('bases/base.yaml')], ['app', 'bases/base.yaml']],
    ['of a folder is the folder', [list('app')], ['app']],
    [
      'of files in a listed folder is the folder alone',
      [list('app'), read('app/web.yaml'), read('app/deep/er/db.yaml')],
      ['app'],
    ],
    [
      'of the root listed is the root alone',
      [list(''), read('app/web.yaml'), read('nowhere'), list('bases')],
      [''],
    ],
    [
      'of a file beside a listed folder is both',
      [list('app'), read('bases/base.yaml')],
      ['app', 'bases/base.yaml'],
    ],
    [
      'of a folder whose name begins like a listed one is both',
      [list('app'), read('apple/other.yaml')],
      ['app', 'apple/other.yaml'],
    ],
    [
      'of a file read before its folder was listed is both',
      [read('app/web.yaml'), list('app')],
      ['app/web.yaml', 'app'],
    ],
    [
      'of what is not there is its path',
      [read('app/none'), digestOf('nowhere'), list('gone')],
      ['app/none', 'nowhere', 'gone'],
    ],
    ['of what is missing in a listed folder is the folder', [list('app'), digestOf('app/none')], ['app']],
  ])('%s', async (_, readings, paths) => {
    expect([...(await readsOf(...readings)).keys()]).toEqual(paths)
  })

  test('is the digest, and undefined of what is not there', async () => {
    const plain = await snapshotOf()
    const reads = await readsOf(list('app'), read('nowhere'))
    expect([...reads]).toEqual([
      ['app', await plain.digestOf('app', options)],
      ['nowhere', undefined],
    ])
  })
})

describe('a recorder', () => {
  test('gives what the snapshot gives', async () => {
    const plain = await snapshotOf()
    const { snapshot } = recordReads(plain)
    expect(snapshot.revision).toBe(plain.revision)
    expect(await snapshot.digestOf('app', options)).toBe(await plain.digestOf('app', options))
    expect(new TextDecoder().decode(await snapshot.read('app/web.yaml', options))).toBe('web')
    const paths: string[] = []
    for await (const { path } of snapshot.list('app', options)) paths.push(path)
    expect(paths.toSorted()).toEqual(['app/deep/er/db.yaml', 'app/web.yaml'])
    await expect(snapshot.read('nowhere', options)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    await expect(list('nowhere')(snapshot)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
  })

  test('is lent the snapshot and does not dispose it', async () => {
    let disposed = false
    const plain = {
      ...(await snapshotOf()),
      [Symbol.asyncDispose]: async () => {
        disposed = true
      },
    }
    await recordReads(plain).snapshot[Symbol.asyncDispose]()
    expect(disposed).toBe(false)
  })
})

describe('what was read', () => {
  const looked = [list('app'), read('bases/base.yaml'), read('bases/none')]
  test.each<readonly [unchanged: boolean, what: string, changes: FileChanges]>([
    [true, 'nothing changed', {}],
    [true, 'a file nobody read changed', { 'apple/other.yaml': 'changed' }],
    [true, 'a file came where nobody looked', { 'elsewhere/new': 'x' }],
    [false, 'a file in a listed folder changed', { 'app/deep/er/db.yaml': 'changed' }],
    [false, 'a file came into a listed folder', { 'app/new.yaml': 'x' }],
    [false, 'a file left a listed folder', { 'app/web.yaml': null }],
    [false, 'a file that was read changed', { 'bases/base.yaml': 'changed' }],
    [false, 'a file that was read is gone', { 'bases/base.yaml': null }],
    [false, 'a file that was missed has come', { 'bases/none': 'there' }],
  ])('is unchanged: %s, when %s', async (unchanged, _, changes) => {
    const reads = await readsOf(...looked)
    expect(await readsAreUnchanged(reads, await snapshotOf(changes), options)).toBe(unchanged)
  })

  test('is not known where it cannot be looked at', async () => {
    const reads = await readsOf(...looked)
    const broken = { ...(await snapshotOf()), digestOf: () => Promise.reject(new Error('cut off')) }
    await expect(readsAreUnchanged(reads, broken, options)).rejects.toThrow('cut off')
  })
})
