import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fileInZip } from './zip.ts'

test('a deflated and a stored file of an archive are read', () => {
  const archive = zip({ 'a/one': 'deflated '.repeat(100), two: '' }, 8)
  expect(fileInZip(archive, 'a/one').toString()).toBe('deflated '.repeat(100))
  expect(fileInZip(zip({ 'a/one': '1', two: 'stored' }, 0), 'two').toString()).toBe('stored')
})

test('a file that is not in the archive is an error', () => {
  expect(() => fileInZip(zip({ one: '1' }, 0), 'two')).toThrow('two is not one of the 1 files')
})

test('something that is no archive is an error', () => {
  expect(() => fileInZip(Buffer.from('no'), 'two')).toThrow('This is no zip archive')
})

/** The least that a reader needs of an archive. */
function zip(files: Readonly<Record<string, string>>, method: 0 | 8): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  for (const [path, text] of Object.entries(files)) {
    const content = method === 8 ? deflateRawSync(text) : Buffer.from(text)
    const entry = Buffer.alloc(46)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(content.length, 20)
    entry.writeUInt16LE(path.length, 28)
    entry.writeUInt32LE(Buffer.concat(bodies).length, 42)
    const header = Buffer.alloc(30)
    header.writeUInt16LE(path.length, 26)
    bodies.push(header, Buffer.from(path), content)
    directory.push(entry, Buffer.from(path))
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(Buffer.concat(bodies).length, 16)
  return Buffer.concat([...bodies, ...directory, end])
}
