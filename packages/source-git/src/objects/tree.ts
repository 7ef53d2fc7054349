import type { EntryKind } from '@mooring/core'

/** One name in a folder, as it stands in Git: nothing about it has been judged yet. */
export interface TreeEntry {
  /** Undefined when the bytes are no UTF-8. */
  readonly name: string | undefined
  readonly id: string
  readonly kind: EntryKind | 'folder'
}

const idLength = 20
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The entries of a folder in Git's order; undefined when the bytes are no tree. */
export function parseTree(content: Uint8Array): readonly TreeEntry[] | undefined {
  const entries: TreeEntry[] = []
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const zero = space === -1 ? -1 : content.indexOf(0, space)
    if (zero === -1 || zero + 1 + idLength > content.length) return undefined
    const kind = kindOf(ascii(content.subarray(at, space)))
    if (kind === undefined) return undefined
    const end = zero + 1 + idLength
    const id = Buffer.from(content.subarray(zero + 1, end)).toString('hex')
    entries.push({ name: decode(content.subarray(space + 1, zero)), id, kind })
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

const ascii = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
