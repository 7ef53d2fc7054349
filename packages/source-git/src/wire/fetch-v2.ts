import { sha1 } from '../pack/object-format.ts'
import { type Advertisement, saysNo, service } from './advertisement.ts'
import { type FetchAnswer, type FetchRequest, isAboutWant } from './fetch-request.ts'
import type { GitAnswer, GitAsk } from './git-server.ts'
import {
  cutShort,
  delimiterPacket,
  flushPacket,
  notGit,
  type Packet,
  packet,
  readPackets,
  textOf,
} from './pkt-line.ts'
import { packBytes } from './side-band.ts'

/** Whether a server can leave files out. A server that cannot dies when it is asked to. */
export const offersFilter = ({ version, capabilities }: Advertisement): boolean =>
  version === 2 &&
  [...capabilities].some((line) => line.startsWith('fetch=') && line.slice(6).split(' ').includes('filter'))

/**
 * Begins a download with protocol version 2, in one request. No thin packs: what a server takes for granted from the
 * haves may be a file that was left out here.
 *
 * Throws what {@link GitAsk} does, `GIT_PROTOCOL_ERROR` and `REPOSITORY_CORRUPT`.
 */
export async function fetchVersion2(
  ask: GitAsk,
  url: string,
  server: Advertisement,
  request: FetchRequest,
): Promise<FetchAnswer> {
  const isPartial = request.withoutFiles === true && offersFilter(server)
  const answer = await ask({
    path: `/${service}`,
    protocol: 2,
    type: `application/x-${service}-request`,
    expects: `application/x-${service}-result`,
    body: Buffer.from(linesOf(request, server, isPartial)),
    maxBytes: request.maxBytes,
    signal: request.signal,
  })
  const packets = readPackets(answer.body, url)
  try {
    const head = await readSections(packets, request, answer, url)
    if (head.kind === 'ready') {
      const pack = packBytes(packets, answer, url)
      return { kind: 'pack', shallows: head.shallows, pack, isPartial }
    }
    await packets.return(undefined)
    return head
  } catch (thrown) {
    await packets.return(undefined)
    throw thrown
  }
}

function linesOf(request: FetchRequest, { format, capabilities }: Advertisement, isPartial: boolean): string {
  const { wants, haves, shallows, depth } = request
  const hasAgent = [...capabilities].some((line) => line.startsWith('agent='))
  return [
    packet('command=fetch\n'),
    ...(hasAgent ? [packet('agent=mooring\n')] : []),
    ...(format.name === sha1.name ? [] : [packet(`object-format=${format.name}\n`)]),
    delimiterPacket,
    packet('ofs-delta\n'),
    packet('no-progress\n'),
    ...wants.map((id) => packet(`want ${id}\n`)),
    ...haves.map((id) => packet(`have ${id}\n`)),
    ...shallows.map((id) => packet(`shallow ${id}\n`)),
    ...(depth === undefined ? [] : [packet(`deepen ${depth}\n`)]),
    ...(isPartial ? [packet('filter blob:none\n')] : []),
    packet('done\n'),
    flushPacket,
  ].join('')
}

type Head =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'ready'; readonly shallows: readonly string[] }

/** Sections before the pack: where history is cut. What the haves were good for is not said after `done`. */
async function readSections(
  packets: AsyncGenerator<Packet>,
  { wants }: FetchRequest,
  answer: GitAnswer,
  url: string,
): Promise<Head> {
  const shallows: string[] = []
  let section: string | undefined
  for (;;) {
    const next = await packets.next()
    if (next.done) throw cutShort(url)
    const { value } = next
    if (value.kind === 'delimiter') section = undefined
    else if (value.kind !== 'data') throw cutShort(url)
    else {
      const text = textOf(value.bytes)
      if (text.startsWith('ERR ')) {
        const reason = answer.quote(text.slice(4))
        if (isAboutWant(reason, wants)) return { kind: 'refused', reason }
        throw saysNo(url, reason)
      }
      if (section === undefined) {
        if (text === 'packfile') return { kind: 'ready', shallows }
        if (text !== 'shallow-info' && text !== 'acknowledgments') throw notGit(url, 'an unknown section')
        section = text
        continue
      }
      const [, word, id] = /^(shallow|unshallow) ([0-9a-f]{40}|[0-9a-f]{64})$/.exec(text) ?? []
      if (word === 'shallow' && id !== undefined) shallows.push(id)
      else if (section === 'shallow-info' && word === undefined)
        throw notGit(url, 'an answer that is no pack')
    }
  }
}
