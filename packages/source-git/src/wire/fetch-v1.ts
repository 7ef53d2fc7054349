import { type Advertisement, saysNo, service } from './advertisement.ts'
import { type FetchAnswer, type FetchRequest, isAboutWant } from './fetch-request.ts'
import type { GitAnswer, GitAsk } from './git-server.ts'
import { cutShort, flushPacket, notGit, type Packet, packet, readPackets, textOf } from './pkt-line.ts'
import { packBytes } from './side-band.ts'

/**
 * `thin-pack` is left out: a thin pack leans on objects that came before. The price is a missing delta here and there, as
 * long as `depth` is given only for a first download: with haves and a depth, a server that may not send a thin pack
 * sends the whole snapshot again.
 */
const wanted = ['multi_ack_detailed', 'side-band-64k', 'ofs-delta', 'no-progress']

/**
 * Begins a download with protocol version 0 or 1, in one request.
 *
 * Throws what {@link GitAsk} does, `GIT_PROTOCOL_ERROR` and `REPOSITORY_CORRUPT`.
 */
export async function fetchVersion1(
  ask: GitAsk,
  url: string,
  { capabilities }: Advertisement,
  request: FetchRequest,
): Promise<FetchAnswer> {
  if (!capabilities.has('side-band-64k')) throw notGit(url, 'a server without side-band-64k')
  const answer = await ask({
    path: `/${service}`,
    type: `application/x-${service}-request`,
    expects: `application/x-${service}-result`,
    body: Buffer.from(linesOf(request, capabilities)),
    maxBytes: request.maxBytes,
    signal: request.signal,
  })
  const packets = readPackets(answer.body, url)
  try {
    const head = await readHead(packets, request, answer, url)
    if (head.kind === 'ready') {
      const pack = packBytes(packets, answer, url, head.first)
      return { kind: 'pack', shallows: head.shallows, pack, isPartial: false }
    }
    await packets.return(undefined)
    return head
  } catch (thrown) {
    await packets.return(undefined)
    throw thrown
  }
}

function linesOf({ wants, haves, shallows, depth }: FetchRequest, capabilities: ReadonlySet<string>): string {
  const has = (name: string): boolean => [...capabilities].some((one) => one.startsWith(name))
  const offered = [
    ...wanted.filter((capability) => capabilities.has(capability)),
    ...(has('object-format=sha256') ? ['object-format=sha256'] : []),
    ...(has('agent=') ? ['agent=mooring'] : []),
  ].join(' ')
  return [
    ...wants.map((id, index) => packet(`want ${id}${index === 0 ? ` ${offered}` : ''}\n`)),
    ...shallows.map((id) => packet(`shallow ${id}\n`)),
    ...(depth === undefined ? [] : [packet(`deepen ${depth}\n`)]),
    flushPacket,
    ...haves.map((id) => packet(`have ${id}\n`)),
    packet('done\n'),
  ].join('')
}

type Head =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'ready'; readonly shallows: readonly string[]; readonly first: Packet }

/** Everything before the pack: where history is cut, and which of the haves the server knows. */
async function readHead(
  packets: AsyncGenerator<Packet>,
  { wants }: FetchRequest,
  answer: GitAnswer,
  url: string,
): Promise<Head> {
  const shallows: string[] = []
  for (;;) {
    const next = await packets.next()
    if (next.done) throw cutShort(url)
    if (next.value.kind === 'flush') continue
    if (next.value.kind !== 'data') throw notGit(url, 'an answer in several sections')
    const { bytes } = next.value
    if (bytes[0] !== undefined && bytes[0] <= 3) return { kind: 'ready', shallows, first: next.value }
    const text = textOf(bytes)
    if (text.startsWith('ERR ')) {
      const reason = answer.quote(text.slice(4))
      if (isAboutWant(reason, wants)) return { kind: 'refused', reason }
      throw saysNo(url, reason)
    }
    if (/^(NAK$|ACK )/.test(text)) continue
    const [, word, id] = /^(shallow|unshallow) ((?:[0-9a-f]{40}|[0-9a-f]{64}))$/.exec(text) ?? []
    if (id === undefined) throw notGit(url, 'an answer that is no pack')
    if (word === 'shallow') shallows.push(id)
  }
}
