/** Puts chunks of bytes together to lines. */
export interface LineSplitter {
  /** The lines that this chunk completes, without their line breaks; empty ones are left out. */
  readonly push: (chunk: Buffer) => readonly string[]
  /** Bytes of a line that is not complete. */
  readonly pending: () => number
}

/**
 * Splits at the byte 0x0A, which occurs in no longer character of UTF-8, so a line is decoded only when it is whole. Calls
 * `onTooLong` with the length, and that must throw, as soon as a line has more bytes than allowed.
 */
export function splitLines(maxBytes: number, onTooLong: (bytes: number) => never): LineSplitter {
  let parts: Buffer[] = []
  let length = 0

  const keep = (part: Buffer): void => {
    length += part.length
    if (length > maxBytes) onTooLong(length)
    parts.push(part)
  }

  const complete = (chunk: Buffer, from: number, to: number): string => {
    if (parts.length === 0) {
      if (to - from > maxBytes) onTooLong(to - from)
      return chunk.toString('utf8', from, to)
    }
    keep(chunk.subarray(from, to))
    const line = Buffer.concat(parts, length).toString('utf8')
    parts = []
    length = 0
    return line
  }

  return {
    push: (chunk) => {
      const lines: string[] = []
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        const line = complete(chunk, from, end)
        if (line !== '') lines.push(line)
        from = end + 1
      }
      if (from < chunk.length) keep(chunk.subarray(from))
      return lines
    },
    pending: () => length,
  }
}
