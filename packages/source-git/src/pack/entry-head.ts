import type { ObjectType } from './object-format.ts'

/** What stands before the compressed bytes of one entry of a pack. */
export type EntryHead = (
  | { readonly kind: 'whole'; readonly type: ObjectType }
  /** Changes an entry that began this many bytes before this one. */
  | { readonly kind: 'offset-delta'; readonly back: number }
  /** Changes an object that may be anywhere. */
  | { readonly kind: 'id-delta'; readonly base: string }
) & {
  /** Of what comes out of the compressed bytes. */
  readonly size: number
  /** Bytes of the head itself. */
  readonly length: number
}

const types: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' }

/**
 * Reads the head of an entry (gitformat-pack(5)) at the beginning of some bytes. `short` when there may be more of it
 * to come, `malformed` when no bytes could make it one.
 */
export function readEntryHead(bytes: Buffer, idBytes: number): EntryHead | 'short' | 'malformed' {
  const first = bytes[0]
  if (first === undefined) return 'short'
  let size = first & 0x0f
  let length = 1
  for (let scale = 16, last = first; last >= 0x80; scale *= 128) {
    const byte = bytes[length]
    if (byte === undefined) return 'short'
    size += (byte & 0x7f) * scale
    if (size > Number.MAX_SAFE_INTEGER) return 'malformed'
    length++
    last = byte
  }
  const code = (first >> 4) & 7
  if (code === 6) return offsetDelta(bytes, size, length)
  if (code === 7) {
    if (bytes.length < length + idBytes) return 'short'
    const base = bytes.toString('hex', length, length + idBytes)
    return { kind: 'id-delta', base, size, length: length + idBytes }
  }
  const type = types[code]
  return type === undefined ? 'malformed' : { kind: 'whole', type, size, length }
}

/** Seven bits a byte, the highest first, with one added for every further byte so that no number is written twice. */
function offsetDelta(bytes: Buffer, size: number, from: number): EntryHead | 'short' | 'malformed' {
  let back = -1
  for (let at = from; ; at++) {
    const byte = bytes[at]
    if (byte === undefined) return 'short'
    back = (back + 1) * 128 + (byte & 0x7f)
    if (back > Number.MAX_SAFE_INTEGER) return 'malformed'
    if (byte < 0x80) return { kind: 'offset-delta', back, size, length: at + 1 }
  }
}
