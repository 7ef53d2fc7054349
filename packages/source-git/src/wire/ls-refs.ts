import { type ObjectFormat, sha1 } from '../pack/object-format.ts'
import { saysNo, service } from './advertisement.ts'
import type { GitAsk } from './git-server.ts'
import { cutShort, delimiterPacket, flushPacket, notGit, packet, readPackets, textOf } from './pkt-line.ts'
import { type RefLine, type Refs, refsFrom } from './refs.ts'

/** Which refs to list. */
export interface LsRefsRequest {
  /** Beginnings of full names. */
  readonly prefixes: readonly string[]
  readonly format: ObjectFormat
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/**
 * Asks what refs point at (protocol version 2, `ls-refs`), in one request, tags peeled.
 *
 * Throws what {@link GitAsk} does, `GIT_PROTOCOL_ERROR` and `REPOSITORY_CORRUPT`.
 */
export async function lsRefs(ask: GitAsk, url: string, request: LsRefsRequest): Promise<Refs> {
  const answer = await ask({
    path: `/${service}`,
    protocol: 2,
    type: `application/x-${service}-request`,
    expects: `application/x-${service}-result`,
    body: Buffer.from(linesOf(request)),
    maxBytes: request.maxBytes,
    signal: request.signal,
  })
  const lines: RefLine[] = []
  let hasEnded = false
  for await (const one of readPackets(answer.body, url)) {
    if (hasEnded && one.kind !== 'end') throw notGit(url, 'more after the end of the list of refs')
    if (one.kind === 'flush') hasEnded = true
    if (one.kind === 'delimiter') throw notGit(url, 'a list of refs in several sections')
    if (one.kind !== 'data') continue
    const text = textOf(one.bytes)
    if (text.startsWith('ERR ')) throw saysNo(url, answer.quote(text.slice(4)))
    lines.push(refIn(text, request.format, url))
  }
  if (!hasEnded) throw cutShort(url)
  return refsFrom(lines)
}

/** SHA-1 goes without saying, so that the first question needs no answer to another one. */
const linesOf = ({ prefixes, format }: LsRefsRequest): string =>
  [
    packet('command=ls-refs\n'),
    ...(format.name === sha1.name ? [] : [packet(`object-format=${format.name}\n`)]),
    delimiterPacket,
    packet('peel\n'),
    ...prefixes.map((prefix) => packet(`ref-prefix ${prefix}\n`)),
    flushPacket,
  ].join('')

/** `<id> <name>`, then what else is known of it. An id may be `unborn`, for a HEAD that points nowhere. */
function refIn(line: string, { idBytes }: ObjectFormat, url: string): RefLine {
  const [id = '', name = '', ...attributes] = line.split(' ')
  const isId = id.length === idBytes * 2 && /^[0-9a-f]+$/.test(id)
  if (name === '' || (!isId && id !== 'unborn')) throw notGit(url, 'a line that names no ref')
  const peeled = attributes.find((attribute) => attribute.startsWith('peeled:'))?.slice('peeled:'.length)
  if (peeled !== undefined && (peeled.length !== idBytes * 2 || !/^[0-9a-f]+$/.test(peeled))) {
    throw notGit(url, 'a tag that leads nowhere')
  }
  return {
    name,
    ...(isId ? { id } : {}),
    ...(peeled === undefined ? {} : { peeled }),
  }
}
