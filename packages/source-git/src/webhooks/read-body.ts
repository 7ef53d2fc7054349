import { type Refusal, refusals } from './refusals.ts'

/**
 * The body of a request, or why it is not taken. No more is read than the limit, whatever `Content-Length` says, and for no
 * longer than the time it may take.
 */
export async function readBody(
  request: Request,
  { maxBytes, timeoutMs }: { readonly maxBytes: number; readonly timeoutMs: number },
): Promise<Uint8Array | Refusal> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) {
    void request.body?.cancel().catch(() => undefined)
    return refusals.tooLarge
  }
  if (request.bodyUsed) return refusals.unreadable
  const reader = request.body?.getReader()
  if (reader === undefined) return new Uint8Array()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    void reader.cancel().catch(() => undefined)
  }, timeoutMs)
  try {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (isLate) return refusals.tooSlow
      if (done) return joined(chunks)
      // A stream of somebody's own may give anything.
      if (!(value instanceof Uint8Array)) return refusals.unreadable
      bytes += value.byteLength
      if (bytes > maxBytes) {
        void reader.cancel().catch(() => undefined)
        return refusals.tooLarge
      }
      chunks.push(value)
    }
  } catch {
    return refusals.unreadable
  } finally {
    clearTimeout(timer)
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks)
}
