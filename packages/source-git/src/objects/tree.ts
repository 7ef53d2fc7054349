import type { EntryKind } from '@mooring/core'

/** One name in a folder, as it stands in Git: nothing about it has been judged yet. */
export interface TreeEntry {
  /** Undefined when the bytes are no UTF-8. */
  readonly name: string | undefined
  readonly id: string
  readonly kind: EntryKind | 'folder'
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const space = 0x20

/** Where one entry of a folder stands in its bytes. */
export interface TreeSpan {
  readonly kind: TreeEntry['kind']
  readonly nameAt: number
  /** Behind the name, in front of the id. */
  readonly zeroAt: number
}

/** The entries of a folder in Git's order, with ids of so many bytes; undefined when the bytes are no tree. */
export function parseTree(content: Uint8Array, idBytes: number): readonly TreeEntry[] | undefined {
  const bytes = asBuffer(content)
  const entries: TreeEntry[] = []
  for (const span of spansIn(bytes, idBytes)) {
    if (span === undefined) return undefined
    const { kind, nameAt, zeroAt } = span
    entries.push({ name: decode(bytes, nameAt, zeroAt), id: idBehind(bytes, span, idBytes), kind })
  }
  return entries
}

/** The same, as places only: looking for what is below a folder of thousands need not make thousands of strings. */
export function* spansIn(bytes: Buffer, idBytes: number): Generator<TreeSpan | undefined, undefined> {
  for (let at = 0; at < bytes.length; ) {
    let mode = 0
    let digits = 0
    for (let byte = bytes[at]; byte !== space; byte = bytes[++at]) {
      if (byte === undefined || byte < 0x30 || byte > 0x37 || ++digits > 6) return yield undefined
      mode = mode * 8 + byte - 0x30
    }
    const kind = digits < 5 ? undefined : kindOf(mode)
    const zeroAt = bytes.indexOf(0, at)
    const end = zeroAt + 1 + idBytes
    if (kind === undefined || zeroAt === -1 || end > bytes.length) return yield undefined
    yield { kind, nameAt: at + 1, zeroAt }
    at = end
  }
  return undefined
}

/** The id that stands behind a name. */
export const idBehind = (bytes: Buffer, { zeroAt }: TreeSpan, idBytes: number): string =>
  bytes.toString('hex', zeroAt + 1, zeroAt + 1 + idBytes)

/** The same bytes, with the methods of a buffer. */
export const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

/** Old versions of Git wrote other permissions; only the executable bit of the owner ever counted. */
function kindOf(mode: number): TreeEntry['kind'] | undefined {
  switch (mode & 0o170000) {
    case 0o040000:
      return 'folder'
    case 0o100000:
      return (mode & 0o100) === 0 ? 'file' : 'executable'
    case 0o120000:
      return 'link'
    case 0o160000:
      return 'submodule'
    default:
      return undefined
  }
}

/** Nearly all names are ASCII, for which there is a faster way. */
function decode(bytes: Buffer, start: number, end: number): string | undefined {
  for (let at = start; at < end; at++) {
    if ((bytes[at] ?? 0) < 0x80) continue
    try {
      return utf8.decode(bytes.subarray(start, end))
    } catch {
      return undefined
    }
  }
  return bytes.toString('latin1', start, end)
}
