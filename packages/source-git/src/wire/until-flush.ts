/** Bytes that come, of which some may be given back. */
export interface Unreadable {
  readonly next: () => Promise<Buffer | undefined>
  readonly unread: (bytes: Buffer) => void
}

/**
 * One message of a connection that goes on after it: everything up to the packet that ends it (gitprotocol-v2(5), flush).
 * What comes behind is left. Ends early where the connection does.
 */
export async function* untilFlush(source: Unreadable): AsyncGenerator<Uint8Array> {
  let left = 0
  let digits = ''
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
    for (let at = 0; at < chunk.length; ) {
      const skipped = Math.min(left, chunk.length - at)
      at += skipped
      left -= skipped
      if (at === chunk.length) break
      const more = chunk.toString('latin1', at, at + 4 - digits.length)
      at += more.length
      digits += more
      if (digits.length < 4) break
      if (digits === '0000') {
        source.unread(chunk.subarray(at))
        yield chunk.subarray(0, at)
        return
      }
      // What is no length is for whoever reads packets to complain about.
      left = Math.max((Number.parseInt(digits, 16) || 4) - 4, 0)
      digits = ''
    }
    yield chunk
  }
}
