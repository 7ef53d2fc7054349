import { mount, type Snapshot } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const never = { signal: new AbortController().signal }

const filesOf = async (snapshot: Snapshot, path = ''): Promise<Record<string, string>> => {
  const files: Record<string, string> = {}
  for await (const entry of snapshot.list(path, never)) {
    files[entry.path] = new TextDecoder().decode(await snapshot.read(entry.path, never))
  }
  return files
}

describe('what a mount shows', () => {
  test('is each source under its folder, and hides what is below it', async () => {
    const environment = memorySource({
      files: { 'values.yaml': 'env', 'chart/old.yaml': 'hidden', 'chart.md': 'stays' },
    })
    const chart = memorySource({ files: { 'Chart.yaml': 'chart', 'templates/web.yaml': 'web' } })
    const both = mount({ '/': environment, '/chart': chart })
    await using snapshot = await both.open((await both.resolve(never)).revision, never)
    const shown = {
      'values.yaml': 'env',
      'chart.md': 'stays',
      'chart/Chart.yaml': 'chart',
      'chart/templates/web.yaml': 'web',
    }
    expect(await filesOf(snapshot)).toEqual(shown)
    expect(await filesOf(snapshot, 'chart/templates')).toEqual({ 'chart/templates/web.yaml': 'web' })
    await expect(snapshot.read('chart/old.yaml', never)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    expect(await snapshot.digestOf('chart/old.yaml', never)).toBeUndefined()
  })

  test('has folders that only lead to others, and hides a file of the same name', async () => {
    const both = mount({
      '/': memorySource({ files: { a: 'a file' } }),
      '/a/b': memorySource({ files: { c: 'deep' } }),
    })
    await using snapshot = await both.open((await both.resolve(never)).revision, never)
    expect(await filesOf(snapshot)).toEqual({ 'a/b/c': 'deep' })
    expect(await filesOf(snapshot, 'a')).toEqual({ 'a/b/c': 'deep' })
    await expect(snapshot.read('a', never)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    await expect(filesOf(snapshot, 'x')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
  })

  test('without a root has what is mounted and nothing else', async () => {
    const both = mount({
      '/one': memorySource({ files: { a: '1' } }),
      '/two': memorySource({ files: { a: '2' } }),
    })
    await using snapshot = await both.open((await both.resolve(never)).revision, never)
    expect(await filesOf(snapshot)).toEqual({ 'one/a': '1', 'two/a': '2' })
  })

  test('has the same digest where it has the same content, and another where it has not', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'a/x', 'b/a', 'b/b', 'c/c')
    const tree = fc
      .dictionary(name, fc.constantFrom('1', '2'), { maxKeys: 4 })
      .filter((files) =>
        Object.keys(files).every((path) => !Object.keys(files).some((other) => other.startsWith(`${path}/`))),
      )
    const snapshotOf = async (
      root: Record<string, string>,
      inner: Record<string, string>,
    ): Promise<Snapshot> => {
      const both = mount({ '/': memorySource({ files: root }), '/b': memorySource({ files: inner }) })
      return both.open((await both.resolve(never)).revision, never)
    }
    await fc.assert(
      fc.asyncProperty(tree, tree, tree, async (root, one, other) => {
        const [first, second] = [await snapshotOf(root, one), await snapshotOf(root, other)]
        for (const path of ['', 'a', 'b', 'b/b', 'c']) {
          const same =
            JSON.stringify(await filesOf(first, path).catch(() => 'none')) ===
            JSON.stringify(await filesOf(second, path).catch(() => 'none'))
          if ((await first.digestOf(path, never)) === (await second.digestOf(path, never)))
            expect(same).toBe(true)
        }
        expect((await first.digestOf('', never)) === (await second.digestOf('', never))).toBe(
          JSON.stringify(one, Object.keys(one).sort()) === JSON.stringify(other, Object.keys(other).sort()),
        )
      }),
      { numRuns: 60 },
    )
  })
})

describe('the revision of a mount', () => {
  test('has the author and message of what moved', async () => {
    const environment = memorySource({ name: 'env', files: { a: '1' } })
    const app = memorySource({ name: 'app', files: { a: '1' } })
    const both = mount({ '/': environment, '/app': app })
    const { revision: first } = await both.resolve(never)
    app.commit({ a: '2' }, { author: 'Grace <grace@example.com>', message: 'Second' })
    const { kind, revision } = await both.resolve({ ...never, since: first })
    expect({ kind, ...revision }).toMatchObject({
      kind: 'forward',
      author: 'Grace <grace@example.com>',
      message: 'Second',
    })
    expect(revision.parts?.map(({ source }) => source)).toEqual(['env', 'app'])
  })

  test('is found again by its id alone, also by another mount of the same folders', async () => {
    const [one, other] = [memorySource({ files: { a: '1' } }), memorySource({ files: { a: '2' } })]
    const { revision } = await mount({ '/x': other, '/': one }).resolve(never)
    one.commit({ a: '3' })
    const again = mount({ '/': one, '/x': other })
    await using snapshot = await again.open(await again.find(revision.id, never), never)
    expect(await filesOf(snapshot)).toEqual({ a: '1', 'x/a': '2' })
  })

  test('is gone where other folders are mounted', async () => {
    const [one, other] = [memorySource({ files: { a: '1' } }), memorySource({ files: { a: '2' } })]
    const { revision } = await mount({ '/': one, '/x': other }).resolve(never)
    const moved = mount({ '/': one, '/y': other })
    for (const id of [revision.id, 'nonsense', '%', '']) {
      await expect(moved.find(id, never)).rejects.toMatchObject({ code: 'REVISION_GONE' })
    }
    expect((await moved.resolve({ ...never, since: revision })).kind).toBe('diverged')
  })

  test('is as well verified as the least verified of them', async () => {
    const sourceThat = (outcome: 'verified' | 'unsigned' | 'invalid' | undefined, signer?: string) => {
      const memory = memorySource({ files: { a: '1' } })
      return {
        ...memory,
        resolve: async (options: typeof never) => {
          const { kind, revision } = await memory.resolve(options)
          return {
            kind,
            revision: {
              ...revision,
              ...(outcome && { verification: { outcome, ...(signer && { signer }) } }),
            },
          }
        },
      }
    }
    const of = async (...sources: readonly ReturnType<typeof sourceThat>[]) =>
      (await mount(Object.fromEntries(sources.map((source, at) => [`/${at}`, source]))).resolve(never))
        .revision.verification
    expect(await of(sourceThat('verified', 'ada'), sourceThat('verified', 'bob'))).toEqual({
      outcome: 'verified',
      signer: 'ada, bob',
    })
    expect(await of(sourceThat('verified'), sourceThat('unsigned'))).toEqual({ outcome: 'unsigned' })
    expect(await of(sourceThat('verified'), sourceThat(undefined))).toBeUndefined()
    expect(await of(sourceThat('invalid'), sourceThat(undefined))).toEqual({ outcome: 'invalid' })
  })
})

test('a mount refuses folders that cannot be', () => {
  const source = memorySource()
  const refused = [
    {},
    { values: source },
    { '/..': source },
    { '/a//b': source },
    { '//': source },
    { '/.git': source },
    { '/a\\b': source },
    { '/a': undefined as unknown as typeof source },
    { '/a': source, '/a/': source },
  ]
  for (const folders of refused)
    expect(() => mount(folders)).toThrow(expect.objectContaining({ code: 'INVALID_MOUNT' }))
  expect(() => mount({ '/': mount({ '/': source }) })).toThrow(/is a mount itself/)
})
