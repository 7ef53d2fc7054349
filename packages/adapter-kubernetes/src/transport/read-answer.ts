import { MooringError } from '@mooring/core'
import type { ApiAnswer } from './api.ts'
import { type Exchange, headersIn } from './exchange.ts'
import { failureIn, failureWithoutStatus } from './read-failure.ts'

/** The whole answer. Throws `ANSWER_TOO_LARGE` for more bytes than allowed, and whatever cuts the body. */
export async function readAnswer(answered: Exchange, maxBytes: number, where: string): Promise<ApiAnswer> {
  const { statusCode: status } = answered
  const headers = headersIn(answered)
  const text = await readBody(answered, headers, maxBytes, where)
  if (status === 304) return { ok: true, status, body: undefined, headers }
  const body = parsed(text, headers['content-type'])
  if (status >= 200 && status < 300) {
    if (body !== undefined) return { ok: true, status, body, headers }
    return { ok: false, status, failure: failureWithoutStatus(status, headers) }
  }
  return { ok: false, status, failure: failureIn(status, headers, body) }
}

async function readBody(
  { body }: Exchange,
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
  where: string,
): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  const declared = Number(headers['content-length'] ?? 0)
  if (declared > maxBytes) {
    body.on('error', () => undefined).destroy()
    throw tooLarge(where, maxBytes)
  }
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    // Leaving the loop destroys the body, and the socket with it.
    if (length > maxBytes) throw tooLarge(where, maxBytes)
    chunks.push(chunk)
  }
  return (chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)).toString('utf8')
}

/** Undefined for anything but JSON: a proxy's page, or the text that stands for an unknown path. */
function parsed(text: string, contentType = ''): unknown {
  if (!/\bjson\b/.test(contentType)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** More than this package is willing to hold in memory. */
export const tooLarge = (where: string, maxBytes: number): MooringError =>
  new MooringError({
    code: 'ANSWER_TOO_LARGE',
    kind: 'permanent',
    message: `Expected an answer of at most ${maxBytes} bytes from ${where}, found a longer one`,
    hint: 'Nothing that Kubernetes stores is that long. See whether a proxy answers, or ask for fewer objects at once.',
  })
