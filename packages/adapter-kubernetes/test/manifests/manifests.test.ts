import { expect, test } from 'vitest'
import { manifests } from '../../src/manifests/manifests.ts'
import { failureOf, head, render, snapshotOf, snapshotWith } from './render.ts'

const { signal } = new AbortController()
const named = (name: string, more = '') => head.replace('name: a', `name: ${name}`) + more

test('renders files of YAML and JSON in the order of their paths, and no others', async () => {
  const { manifests: rendered } = await render(
    {
      'shop/c.yml': named('c'),
      'shop/b/b.json': '{"apiVersion":"v1","kind":"Thing","metadata":{"name":"b"}}',
      'shop/a.yaml': named('a'),
      'shop/README.md': '# Shop',
      'other/d.yaml': named('d'),
    },
    { path: 'shop' },
  )
  expect(rendered.map(({ origin }) => origin?.file)).toEqual(['shop/a.yaml', 'shop/b/b.json', 'shop/c.yml'])
  expect(rendered.map(({ manifest }) => manifest.metadata.name)).toEqual(['a', 'b', 'c'])
})

test('tells the line of the first content and the number of each document', async () => {
  const { manifests: rendered } = await render({
    'a.yaml': `# A comment\n---\n\n# Another\n${named('one')}---\n# nothing\n---\n${named('two')}---\n${named('three')}`,
  })
  expect(rendered.map(({ manifest, origin }) => [manifest.metadata.name, origin])).toEqual([
    ['one', { file: 'a.yaml', line: 5, document: 1 }],
    ['two', { file: 'a.yaml', line: 12, document: 3 }],
    ['three', { file: 'a.yaml', line: 17, document: 4 }],
  ])
})

test.each([
  ['an empty file', ''],
  ['only comments', '# one\n---\n# two\n'],
  ['only separators', '---\n---\n...\n---\n'],
  ['null', 'null\n---\n~\n'],
  ['a list of nothing', 'apiVersion: v1\nkind: List\nitems: []\n---\napiVersion: v1\nkind: List\nitems:\n'],
])('renders nothing from %s', async (_, text) => {
  expect((await render({ 'a.yaml': text })).manifests).toEqual([])
})

test('unrolls lists with the line of each item', async () => {
  const { manifests: rendered } = await render({
    'a.yaml': `apiVersion: v1\nkind: List\nitems:\n  - ${named('a').trim().replaceAll('\n', '\n    ')}\n  - ${named('b').trim().replaceAll('\n', '\n    ')}\n`,
    'b.json': `{"apiVersion": "v1", "kind": "List", "items": [\n{"apiVersion": "v1", "kind": "T", "metadata": {"name": "c"}},\n\n{"apiVersion": "v1", "kind": "T", "metadata": {"name": "d"}}]}`,
  })
  expect(rendered.map(({ manifest, origin }) => [manifest.metadata.name, origin?.line])).toEqual([
    ['a', 4],
    ['b', 8],
    ['c', 2],
    ['d', 4],
  ])
})

test('fills in what the items of a typed list leave to it', async () => {
  const { manifests: rendered } = await render({
    'a.yaml': 'apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: a}\n',
  })
  expect(rendered[0]?.manifest).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
  })
})

test('takes an object whose kind ends in List for an object when it has a name', async () => {
  const text = 'apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nitems: [1]\n'
  expect((await render({ 'a.yaml': text })).manifests.map(({ manifest }) => manifest.kind)).toEqual([
    'AllowList',
  ])
})

test.each([
  ['values of a chart', 'replicas: 2\n', 'apiVersion (a text) and kind (a text) and metadata (a mapping)'],
  ['a sequence', '- a\n', 'a sequence where an object is expected'],
  ['a single value', 'hello\n', 'a single value where an object is expected'],
  ['an apiVersion that is a number', 'apiVersion: 1\nkind: T\nmetadata: {}\n', 'without apiVersion (a text)'],
  ['no metadata', 'apiVersion: v1\nkind: T\n', 'without metadata (a mapping)'],
  [
    'an item that is none',
    'apiVersion: v1\nkind: List\nitems:\n- null\n',
    'a.yaml:4 (document 1): a single value',
  ],
  [
    'a List without items',
    'apiVersion: v1\nkind: List\nmetadata: {}\n',
    'a List without a sequence of items',
  ],
])('refuses %s', async (_, text, says) => {
  const failure = await failureOf(render({ 'a.yaml': text }))
  expect(failure).toMatchObject({ code: 'INVALID_MANIFEST', kind: 'permanent' })
  expect(failure.message).toContain(says)
  expect(failure.hint).toContain('exclude')
})

test('leaves names to the target', async () => {
  const text = 'apiVersion: v1\nkind: T\nmetadata: {generateName: a-}\n'
  expect((await render({ 'a.yaml': text })).manifests).toHaveLength(1)
})

test('lists everything wrong in all files in one error, twenty at most', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [`${10 + n}.yaml`, `${named('a')}---\nreplicas: ${n}\n`]),
  )
  const failure = await failureOf(render({ ...files, '10.yaml': 'a: [\n' }))
  expect(failure.code).toBe('MALFORMED_MANIFEST')
  expect(failure.message).toContain('10.yaml:')
  expect(failure.message).toContain('29.yaml:6 (document 2)')
  expect(failure.message).not.toContain('30.yaml')
  expect(failure.message).toMatch(/; and 10 more$/)
})

test('leaves out what is excluded, relative to the folder, names with a dot included', async () => {
  const files = {
    'shop/a.yaml': named('a'),
    'shop/values.yaml': 'replicas: 2\n',
    'shop/chart/Chart.yaml': 'name: chart\n',
    'shop/.github/workflow.yaml': 'on: push\n',
  }
  const options = { path: 'shop', exclude: ['values.yaml', 'chart/**', '**/workflow.yaml'] }
  expect((await render(files, options)).manifests).toHaveLength(1)
})

test.each([[['']], [['/a.yaml']], [['./a']], [['../a']], [['!a.yaml']]])(
  'refuses globs that cannot mean what they say: %j',
  (exclude) => {
    expect(() => manifests({ exclude })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  },
)

test('gives another digest for every option that decides what is rendered', () => {
  const run = async (bytes: Uint8Array) => bytes
  const digests = [
    manifests(),
    manifests({ exclude: ['a'] }),
    manifests({ exclude: ['a', 'b'] }),
    manifests({ controlObjects: 'apply' }),
    manifests({ decrypt: { name: 'one', run } }),
    manifests({ decrypt: { name: 'two', run } }),
  ].map(({ digest }) => digest)
  expect(new Set(digests).size).toBe(digests.length)
  expect(manifests({ exclude: ['b', 'a'] }).digest).toBe(manifests({ exclude: ['a', 'b', 'a'] }).digest)
})

test.each([
  ['a link called like a manifest', { 'site/a.yaml': { kind: 'link', content: '../other/x' } }],
  ['a link to a folder', { 'site/base': { kind: 'link', content: '../other' } }],
  ['a link out of the repository', { 'site/base': { kind: 'link', content: '../../elsewhere' } }],
  ['an absolute link', { 'site/base': { kind: 'link', content: '/srv' } }],
] as const)('refuses %s', async (_, entries) => {
  const snapshot = snapshotWith({ ...entries, 'other/x': { kind: 'file' } })
  const failure = await failureOf(manifests().render({ snapshot, path: 'site' }, { signal }))
  expect(failure).toMatchObject({ code: 'LINK_NOT_SUPPORTED', kind: 'permanent' })
  expect(failure.message).toContain(Object.keys(entries)[0])
})

test('passes over links to files that are no manifests, and links to nothing', async () => {
  const snapshot = snapshotWith({
    'site/LICENSE': { kind: 'link', content: '../LICENSE' },
    'site/gone': { kind: 'link', content: 'nowhere' },
    LICENSE: { kind: 'file' },
  })
  expect((await manifests().render({ snapshot, path: 'site' }, { signal })).manifests).toEqual([])
})

test('refuses submodules, unless they are excluded', async () => {
  const snapshot = snapshotWith({ 'site/lib': { kind: 'submodule' } })
  const failure = await failureOf(manifests().render({ snapshot, path: 'site' }, { signal }))
  expect(failure.code).toBe('SUBMODULE_NOT_SUPPORTED')
  const renderer = manifests({ exclude: ['lib'] })
  expect((await renderer.render({ snapshot, path: 'site' }, { signal })).manifests).toEqual([])
})

test('stops for an abort between files, with its reason', async () => {
  const snapshot = await snapshotOf({ 'a.yaml': named('a'), 'b.yaml': named('b') })
  const abort = new AbortController()
  const reason = new Error('enough')
  const read: typeof snapshot.read = async (file, options) => {
    const content = await snapshot.read(file, options)
    abort.abort(reason)
    return content
  }
  const rendering = manifests().render(
    { snapshot: { ...snapshot, read }, path: '' },
    { signal: abort.signal },
  )
  expect(await failureOf(rendering)).toBe(reason)
})
