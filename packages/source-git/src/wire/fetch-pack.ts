import { saysNo } from './advertisement.ts'
import type { GitAnswer, GitHttp } from './git-http.ts'
import { type PackSummary, writePack } from './pack-file.ts'
import { cutShort, flushPacket, notGit, type Packet, packet, readPackets, textOf } from './pkt-line.ts'

/** What to download. */
export interface PackRequest {
  readonly wants: readonly string[]
  /** Commits that are here, with everything in them. */
  readonly haves: readonly string[]
  /** Commits among those whose parents are not here. */
  readonly shallows: readonly string[]
  /** How many commits of history. Default: all that is not here. */
  readonly depth?: number
  /** What the server offers. */
  readonly capabilities: ReadonlySet<string>
  /** The file to write the pack to. */
  readonly file: string
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** What came. `refused`: the server does not give out one of the commits by its id. */
export type PackAnswer =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'pack'; readonly shallows: readonly string[]; readonly pack: PackSummary }

const service = 'git-upload-pack'
/**
 * `thin-pack` is left out: a thin pack leans on objects of other packs. The price is a missing delta here and there, as
 * long as `depth` is given only for a first download: with haves and a depth, a server that may not send a thin pack
 * sends the whole snapshot again.
 */
const wanted = ['multi_ack_detailed', 'side-band-64k', 'ofs-delta', 'no-progress']

/**
 * Downloads a pack to a file, in one request. The pack's checksum has been compared; the objects in it have not.
 *
 * Written here and not left to isomorphic-git, whose `fetch` cannot be aborted, believes the pack before it is there,
 * holds it in memory three times, and fails on a repository whose HEAD points nowhere.
 *
 * Throws what {@link GitHttp} does, `GIT_PROTOCOL_ERROR` and `REPOSITORY_CORRUPT`.
 */
export async function fetchPack(http: GitHttp, url: string, request: PackRequest): Promise<PackAnswer> {
  if (!request.capabilities.has('side-band-64k')) throw notGit(url, 'a server without side-band-64k')
  const answer = await http({
    path: `/${service}`,
    type: `application/x-${service}-request`,
    body: Buffer.from(linesOf(request)),
    maxBytes: request.maxBytes,
    signal: request.signal,
  })
  if (answer.contentType !== `application/x-${service}-result`) {
    throw notGit(url, `an answer of type ${answer.quote(answer.contentType) || 'unknown'}`)
  }
  const packets = readPackets(answer.body, url)
  try {
    const head = await readHead(packets, request, answer, url)
    if (head.kind === 'refused') return head
    const pack = await writePack(request.file, packBytes(head.first, packets, answer, url), url)
    return { kind: 'pack', shallows: head.shallows, pack }
  } finally {
    await packets.return(undefined)
  }
}

function linesOf({ wants, haves, shallows, depth, capabilities }: PackRequest): string {
  const hasAgent = [...capabilities].some((capability) => capability.startsWith('agent='))
  const offered = [
    ...wanted.filter((capability) => capabilities.has(capability)),
    ...(hasAgent ? ['agent=mooring'] : []),
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
  request: PackRequest,
  answer: GitAnswer,
  url: string,
): Promise<Head> {
  const shallows: string[] = []
  for (;;) {
    const next = await packets.next()
    if (next.done) throw cutShort(url)
    if (next.value.kind === 'flush') continue
    const { bytes } = next.value
    if (bytes[0] !== undefined && bytes[0] <= 3) return { kind: 'ready', shallows, first: next.value }
    const text = textOf(bytes)
    if (text.startsWith('ERR ')) return refusal(answer.quote(text.slice(4)), request, url)
    if (/^(NAK$|ACK )/.test(text)) continue
    const [, word, id] = /^(shallow|unshallow) ([0-9a-f]{40})$/.exec(text) ?? []
    if (id === undefined) throw notGit(url, 'an answer that is no pack')
    if (word === 'shallow') shallows.push(id)
  }
}

/** A server that does not know a commit, or will not give it out by its id, says "not our ref". */
function refusal(reason: string, request: PackRequest, url: string): Head {
  const isAboutWant = /not our ref|unadvertised|no such|bad object|unknown/i.test(reason)
  if (isAboutWant || request.wants.some((id) => reason.includes(id))) return { kind: 'refused', reason }
  throw saysNo(url, reason)
}

/** Channel 1 carries the pack, 2 progress, 3 the server's last words. */
async function* packBytes(
  first: Packet,
  packets: AsyncGenerator<Packet>,
  answer: GitAnswer,
  url: string,
): AsyncGenerator<Uint8Array> {
  let ended = false
  let current: Packet | undefined = first
  while (current !== undefined) {
    if (ended) throw notGit(url, 'more after the end of the pack')
    if (current.kind === 'flush') ended = true
    else if (current.bytes[0] === 1) yield current.bytes.subarray(1)
    else if (current.bytes[0] === 3) throw saysNo(url, answer.quote(textOf(current.bytes.subarray(1))))
    else if (current.bytes[0] !== 2) throw notGit(url, 'an unknown channel')
    const next: IteratorResult<Packet> = await packets.next()
    current = next.done ? undefined : next.value
  }
  if (!ended) throw cutShort(url)
}
