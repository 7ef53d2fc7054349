import type { Renderer, Snapshot, SnapshotEntry } from '@mooring/core'
import { expect, test } from 'vitest'
import { type FileManifest, files } from '../src/index.ts'
import { failureOf } from './scene.ts'

const { signal } = new AbortController()

/** A snapshot of these files. Small enough to be read: kinds such as links are what matters here. */
function snapshotOf(
  entries: Readonly<Record<string, { kind?: SnapshotEntry['kind']; bytes?: Uint8Array }>>,
): Snapshot {
  return {
    revision: { id: '1' },
    digestOf: async () => 'digest',
    async *list(path) {
      for (const [file, { kind = 'file' }] of Object.entries(entries)) {
        if (path === '' || file.startsWith(`${path}/`)) yield { path: file, digest: file, kind }
      }
    },
    read: async (path) => entries[path]?.bytes ?? Buffer.from(`content of ${path}`),
    async [Symbol.asyncDispose]() {},
  }
}

const render = async (renderer: Renderer<FileManifest>, snapshot: Snapshot, path: string) =>
  (await renderer.render({ snapshot, path }, { signal })).manifests

test('renders paths relative to the folder, with the file they came from', async () => {
  const snapshot = snapshotOf({ 'site/a.txt': {}, 'site/b/c.txt': {}, 'other/d.txt': {} })
  const manifests = await render(files(), snapshot, 'site')
  expect(manifests.map(({ manifest, origin }) => [manifest.path, origin?.file])).toEqual([
    ['a.txt', 'site/a.txt'],
    ['b/c.txt', 'site/b/c.txt'],
  ])
})

test('renders the root folder', async () => {
  const manifests = await render(files(), snapshotOf({ 'a/b.txt': {} }), '')
  expect(manifests.map(({ manifest }) => manifest.path)).toEqual(['a/b.txt'])
})

test('keeps the executable bit', async () => {
  const manifests = await render(files(), snapshotOf({ run: { kind: 'executable' }, text: {} }), '')
  expect(manifests.map(({ manifest }) => manifest.executable)).toEqual([true, false])
})

test.each([
  ['text as text', Buffer.from('grüß dich\n'), 'utf8'],
  ['text with a byte order mark as text', Buffer.from('\ufefftext'), 'utf8'],
  ['an empty file as text', Buffer.alloc(0), 'utf8'],
  ['bytes that are no UTF-8 as base64', Buffer.from([0xff, 0xfe, 0x00]), 'base64'],
  ['a NUL as base64', Buffer.from('a\0b'), 'base64'],
])('renders %s, and every byte comes back', async (_, bytes, encoding) => {
  const [{ manifest } = {}] = await render(files(), snapshotOf({ file: { bytes } }), '')
  expect(manifest?.encoding).toBe(encoding)
  expect(Buffer.from(manifest?.content ?? '', manifest?.encoding)).toEqual(bytes)
})

test.each([
  ['link', 'LINK_NOT_SUPPORTED'],
  ['submodule', 'SUBMODULE_NOT_SUPPORTED'],
] as const)('refuses every %s at once, by name', async (kind, code) => {
  const snapshot = snapshotOf({ 'site/one': { kind }, 'site/fine': {}, 'site/two': { kind } })
  const failure = await failureOf(render(files(), snapshot, 'site'))
  expect(failure).toMatchObject({ code, kind: 'permanent' })
  expect(failure.message).toContain('site/one, site/two')
  expect(failure.message).not.toContain('fine')
})

test('passes on what the snapshot throws', async () => {
  const broken = { ...snapshotOf({ a: {} }), read: async () => Promise.reject(new Error('cut off')) }
  expect((await failureOf(render(files(), broken, ''))).message).toBe('cut off')
})
