import { inflateRawSync } from 'node:zlib'

/**
 * The content of one file of a zip archive, stored or deflated, found through the directory at its end (APPNOTE.TXT
 * 4.3.12 and 4.3.16). Throws if it is not in there.
 */
export function fileInZip(archive: Buffer, path: string): Buffer {
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (end === -1) throw new Error('This is no zip archive: the record that ends one is not there.')
  const count = archive.readUInt16LE(end + 10)
  let at = archive.readUInt32LE(end + 16)
  for (let index = 0; index < count; index++) {
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    if (name === path) return contentAt(archive, at)
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new Error(`${path} is not one of the ${count} files of the zip archive.`)
}

function contentAt(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10)
  const size = archive.readUInt32LE(entry + 20)
  const header = archive.readUInt32LE(entry + 42)
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
  const content = archive.subarray(start, start + size)
  return method === 0 ? content : inflateRawSync(content)
}
