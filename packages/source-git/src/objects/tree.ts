import type { EntryKind } from '@mooring/core'

/** One name in a folder, as it stands in Git: nothing about it has been judged yet. */
export interface TreeEntry {
  /** Undefined when the bytes are no UTF-8. */
  readonly name: string | undefined
  readonly id: string
  readonly kind: EntryKind | 'folder'
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The entries of a folder in Git's order, with ids of so many bytes; undefined when the bytes are no tree. */
export function parseTree(content: Uint8Array, idBytes: number): readonly TreeEntry[] | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const entries: TreeEntry[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const zero = space === -1 ? -1 : bytes.indexOf(0, space)
    const end = zero + 1 + idBytes
    if (zero === -1 || end > bytes.length) return undefined
    const kind = kindOf(bytes.toString('latin1', at, space))
    if (kind === undefined) return undefined
    const id = bytes.toString('hex', zero + 1, end)
    entries.push({ name: decode(bytes.subarray(space + 1, zero)), id, kind })
    at = end
  }
  return entries
}

/** Old versions of Git wrote other permissions; only the executable bit of the owner ever counted. */
function kindOf(mode: string): TreeEntry['kind'] | undefined {
  if (!/^[0-7]{5,6}$/.test(mode)) return undefined
  const bits = Number.parseInt(mode, 8)
  switch (bits & 0o170000) {
    case 0o040000:
      return 'folder'
    case 0o100000:
      return (bits & 0o100) === 0 ? 'file' : 'executable'
    case 0o120000:
      return 'link'
    case 0o160000:
      return 'submodule'
    default:
      return undefined
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
