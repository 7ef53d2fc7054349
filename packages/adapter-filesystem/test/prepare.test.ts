import { testCall } from '@mooring/core/testing'
import { expect, test } from 'vitest'
import { directory } from '../src/index.ts'
import { failureOf, text } from './scene.ts'

const target = directory('/nowhere')
const call = testCall()

test.each([
  ['', 'is no path'],
  ['/etc/passwd', 'is absolute'],
  ['../up', 'leads out'],
  ['a/../../up', 'leads out'],
  ['a/..', 'leads out'],
  ['./a', 'a dot'],
  ['a//b', 'empty part'],
  ['a/', 'empty part'],
  ['a\0b', 'control character'],
  ['a\nb', 'control character'],
  ['a\\b', 'backslash'],
  ['.mooring', 'reserved name'],
  ['a/.mooring', 'reserved name'],
  ['.mooring/a', 'reserved name'],
  ['.mooring-tmp-1', 'reserved name'],
  [`a/${'ä'.repeat(128)}`, 'longer than 255 bytes'],
])('refuses the path %j', async (path, why) => {
  const failure = await failureOf(target.prepare([{ manifest: text(path) }], call))
  expect(failure).toMatchObject({ code: 'UNSAFE_PATH', kind: 'permanent' })
  expect(failure.message).toContain(why)
})

test('reports every refused path at once, with its file', async () => {
  const failure = await failureOf(
    target.prepare(
      [
        { manifest: text('/a'), origin: { file: 'src/one' } },
        { manifest: text('fine'), origin: { file: 'src/fine' } },
        { manifest: text('../b'), origin: { file: 'src/two' } },
      ],
      call,
    ),
  )
  expect(failure.message).toContain('"/a" is absolute (src/one)')
  expect(failure.message).toContain('"../b" leads out of the directory (src/two)')
  expect(failure.message).not.toContain('fine')
})

test('refuses a path that is a file here and a folder there', async () => {
  const manifests = [text('a/b/c'), text('a'), text('a/b')].map((manifest) => ({ manifest }))
  const { message } = await failureOf(target.prepare(manifests, call))
  expect(message).toContain('"a" is a file here and a folder in another manifest')
  expect(message).toContain('"a/b" is a file here')
  expect(message).not.toContain('"a/b/c"')
})

test.each(['.mooringrc', '...', 'a/..b', 'A', 'ünïcode/☃', 'with space'])(
  'accepts the path %j',
  async (path) => {
    const { desired } = await target.prepare([{ manifest: text(path) }], call)
    expect(desired.map(({ key, label }) => [key, label])).toEqual([[path, path]])
  },
)

test('keeps paths apart that differ only in case', async () => {
  const { desired } = await target.prepare([{ manifest: text('README') }, { manifest: text('readme') }], call)
  expect(desired.map(({ key }) => key)).toEqual(['README', 'readme'])
})

test('gives the same file the same digest, however its bytes are held', async () => {
  const asText = { manifest: text('a', 'same') }
  const asBase64 = {
    manifest: { ...text('a'), encoding: 'base64' as const, content: Buffer.from('same').toString('base64') },
  }
  const digest = async (located: typeof asText | typeof asBase64) =>
    (await target.prepare([located], call)).desired[0]?.digest
  expect(await digest(asBase64)).toBe(await digest(asText))
  expect(await digest({ manifest: text('a', 'same', true) })).not.toBe(await digest(asText))
})
