/**
 * The fields of what SSH writes (RFC 4251, section 5), in order: `s` a text or bytes with their length before them, `u` a
 * number of four bytes, `b` one byte. Undefined unless the bytes are exactly these fields.
 */
export function sshFields(bytes: Buffer, shape: string): readonly Buffer[] | undefined {
  const fields: Buffer[] = []
  let at = 0
  for (const kind of shape) {
    if (kind === 's' && at + 4 > bytes.length) return undefined
    const length = kind === 's' ? bytes.readUInt32BE(at) : kind === 'u' ? 4 : 1
    if (kind === 's') at += 4
    if (at + length > bytes.length) return undefined
    fields.push(bytes.subarray(at, at + length))
    at += length
  }
  return at === bytes.length ? fields : undefined
}

/** Bytes with their length before them. */
export function sshString(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A positive number of this many bytes, or as many as it has. Undefined when it is negative, longer, or written in a roundabout way. */
export function sshNumber(field: Buffer, length?: number): Buffer | undefined {
  const [first, second] = field
  if (first === undefined || first >= 0x80) return undefined
  if (first === 0 && (second === undefined || second < 0x80)) return undefined
  const digits = first === 0 ? field.subarray(1) : field
  if (length === undefined) return digits
  return digits.length > length ? undefined : Buffer.concat([Buffer.alloc(length - digits.length), digits])
}
