/** Sizes a delta announces: of what it changes, and of what comes out. Undefined for bytes that are no delta. */
export function deltaSizes(delta: Buffer): { readonly base: number; readonly result: number } | undefined {
  const base = sizeAt(delta, 0)
  const result = base && sizeAt(delta, base.next)
  return base && result && { base: base.value, result: result.value }
}

/**
 * The bytes a delta makes of others (gitformat-pack(5), "Deltified representation"). Undefined when it does not fit them,
 * reaches outside of them, or makes more or less than it announces. Allocates what it announces: look at
 * {@link deltaSizes} first.
 */
export function applyDelta(base: Buffer, delta: Buffer): Buffer | undefined {
  const baseSize = sizeAt(delta, 0)
  const resultSize = baseSize && sizeAt(delta, baseSize.next)
  if (baseSize === undefined || resultSize === undefined || baseSize.value !== base.length) return undefined
  const result = Buffer.allocUnsafe(resultSize.value)
  let filled = 0
  for (let at = resultSize.next; at < delta.length; ) {
    const opcode = delta[at++] ?? 0
    let from: Buffer
    let start: number
    let length: number
    if (opcode >= 0x80) {
      const copy = copyAt(delta, at, opcode)
      ;({ start, length, next: at } = copy)
      from = base
    } else {
      // Opcode 0 is reserved.
      if (opcode === 0) return undefined
      from = delta
      start = at
      length = opcode
      at += length
    }
    if (start + length > from.length || filled + length > result.length) return undefined
    from.copy(result, filled, start, start + length)
    filled += length
  }
  return filled === result.length ? result : undefined
}

/** Seven bits a byte, the lowest first. */
function sizeAt(bytes: Buffer, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0
  let scale = 1
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * scale
    if (value > Number.MAX_SAFE_INTEGER) return undefined
    if (byte < 0x80) return { value, next: at + 1 }
    scale *= 128
  }
  return undefined
}

/** Which bytes of offset and length are there is said by the opcode; those left out are zero. */
function copyAt(
  delta: Buffer,
  from: number,
  opcode: number,
): { readonly start: number; readonly length: number; readonly next: number } {
  let next = from
  let start = 0
  let length = 0
  for (let bit = 0; bit < 4; bit++) if (opcode & (1 << bit)) start += (delta[next++] ?? 0) * 2 ** (8 * bit)
  for (let bit = 0; bit < 3; bit++) {
    if (opcode & (0x10 << bit)) length += (delta[next++] ?? 0) * 2 ** (8 * bit)
  }
  return { start, length: length === 0 ? 0x10000 : length, next: next > delta.length ? Infinity : next }
}
