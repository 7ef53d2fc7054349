import { describe, expect, test } from 'vitest'
import { jsonRenderer } from '../../src/index.ts'
import { memorySource } from '../../src/testing/index.ts'

const options = { signal: new AbortController().signal }

describe('a memory source', () => {
  test('has no revision before the first commit', async () => {
    await expect(memorySource().resolve(options)).rejects.toMatchObject({
      code: 'NO_REVISION',
      kind: 'permanent',
    })
  })

  test('names who committed what, and when', async () => {
    const source = memorySource()
    const revision = source.commit({ a: '1' }, { author: 'Eve', message: 'Because', at: 5 })
    expect(revision).toMatchObject({
      author: 'Eve',
      message: 'Because',
      at: 5,
      label: `memory@${revision.id.slice(0, 7)}`,
    })
    expect((await source.resolve(options)).revision).toEqual(revision)
  })

  test('gives every commit an id of its own, also where the content comes back', () => {
    const source = memorySource()
    const ids = [source.commit({ a: '1' }), source.commit({ a: '2' }), source.commit({ a: '1' })].map(
      ({ id }) => id,
    )
    expect(new Set(ids).size).toBe(3)
  })

  test('forgets what was before when history is replaced', async () => {
    const source = memorySource({ files: { a: '1' } })
    const { revision } = await source.resolve(options)
    const replaced = source.replaceHistory({ b: '2' })
    await expect(source.find(revision.id, options)).rejects.toMatchObject({ code: 'REVISION_GONE' })
    const snapshot = await source.open(replaced, options)
    expect([await snapshot.digestOf('a', options), await snapshot.digestOf('b', options)]).toEqual([
      undefined,
      expect.any(String),
    ])
  })

  test.each(['/a', '../a', 'a/../b', './a', 'a/', 'a//b', ''])('refuses to commit to %j', (path) => {
    expect(() => memorySource().commit({ [path]: '1' })).toThrow(RangeError)
  })

  test('refuses a path that is a file and a folder', () => {
    expect(() => memorySource().commit({ a: '1', 'a/b': '2' })).toThrow(RangeError)
  })

  test('keeps content that the caller changes afterwards', async () => {
    const bytes = new Uint8Array([1, 2])
    const source = memorySource({ files: { a: bytes } })
    bytes[0] = 9
    const snapshot = await source.open((await source.resolve(options)).revision, options)
    const read = await snapshot.read('a', options)
    expect([...read]).toEqual([1, 2])
    read[0] = 9
    expect([...(await snapshot.read('a', options))]).toEqual([1, 2])
  })

  test('fails reads through its snapshots', async () => {
    const source = memorySource({ files: { a: '1' } })
    const snapshot = await source.open((await source.resolve(options)).revision, options)
    source.failNext('read', new Error('torn'))
    await expect(snapshot.read('a', options)).rejects.toThrow('torn')
    expect(await snapshot.read('a', options)).toHaveLength(1)
  })
})

describe('a JSON renderer', () => {
  test('renders the JSON files below a folder in the order of their paths', async () => {
    const files = {
      'app/b.json': '{"id":"b"}',
      'app/a/z.json': '{"id":"z"}',
      'app/c.txt': '?',
      'other.json': '?',
    }
    const source = memorySource({ files })
    const snapshot = await source.open((await source.resolve(options)).revision, options)
    expect(await jsonRenderer().render({ snapshot, path: 'app' }, options)).toEqual({
      manifests: [
        { manifest: { id: 'z' }, origin: { file: 'app/a/z.json' } },
        { manifest: { id: 'b' }, origin: { file: 'app/b.json' } },
      ],
    })
  })

  test('names every file that holds no JSON object, without its content', async () => {
    const notText = new Uint8Array([...new TextEncoder().encode('{"id":"'), 0xff, 0x22, 0x7d])
    const files = { 'a.json': '{ secret', 'b.json': '[1]', 'c.json': '{}', 'd.json': notText }
    const source = memorySource({ files })
    const snapshot = await source.open((await source.resolve(options)).revision, options)
    const rendered = jsonRenderer().render({ snapshot, path: '' }, options)
    await expect(rendered).rejects.toMatchObject({
      code: 'INVALID_JSON',
      kind: 'permanent',
      message: expect.not.stringContaining('secret'),
    })
    await expect(rendered).rejects.toThrow(/a\.json.*b\.json.*d\.json/)
  })
})
