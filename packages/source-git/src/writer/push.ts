import { sha256 } from '../pack/object-format.ts'
import type { Advertisement } from '../wire/advertisement.ts'
import { discover, saysNo } from '../wire/advertisement.ts'
import type { GitAnswer, GitConnections } from '../wire/git-server.ts'
import { flushPacket, notGit, type Packet, packet, readPackets, textOf } from '../wire/pkt-line.ts'

/** The service of Git that writes. */
const service = 'git-receive-pack'

/** A million refs, as for reading. */
const maxRefsBytes = 64 * 1024 * 1024
/** What became of one ref takes a few hundred bytes; hooks may say more. */
const maxReportBytes = 1024 * 1024

/** What a server says before a push: what it can do, and where its refs are. */
export type PushAdvertisement = Extract<Advertisement, { readonly version: 1 }>

/** Asks what a push would find. One request. */
export async function beforePush(
  { ask }: GitConnections,
  url: string,
  signal: AbortSignal,
): Promise<PushAdvertisement> {
  const found = await discover(ask, url, { service, maxBytes: maxRefsBytes, signal })
  if (found.version === 1) return found
  throw notGit(url, 'version 2 of the protocol in answer to a push, for which there is none')
}

/** One ref to move. */
export interface Push {
  readonly ref: string
  /** Where it must be: the server refuses when it is elsewhere. Undefined: it must not be there. */
  readonly before: string | undefined
  readonly id: string
  readonly pack: Buffer
  readonly server: PushAdvertisement
  readonly signal: AbortSignal
}

/** Pushes, in one request. Gives why the server refused, in its own words, or undefined where it did as asked. */
export async function push(
  { ask }: GitConnections,
  url: string,
  { ref, before, id, pack, server, signal }: Push,
): Promise<string | undefined> {
  const { capabilities, format } = server
  const none = '0'.repeat(format.idBytes * 2)
  const offered = [
    ...['report-status', 'side-band-64k'].filter((name) => capabilities.has(name)),
    ...(format.name === sha256.name ? ['object-format=sha256'] : []),
    'agent=mooring',
  ].join(' ')
  const command = packet(`${before ?? none} ${id} ${ref}\0 ${offered}\n`)
  const answer = await ask({
    path: `/${service}`,
    type: `application/x-${service}-request`,
    expects: `application/x-${service}-result`,
    body: Buffer.concat([Buffer.from(command + flushPacket), pack]),
    maxBytes: maxReportBytes,
    once: true,
    signal,
  })
  // A server without reports tells nothing: who pushed looks.
  if (!capabilities.has('report-status')) return undefined
  const isSideBand = capabilities.has('side-band-64k')
  return refusalIn(
    isSideBand ? await unfold(answer, url) : { report: answer.body, said: '' },
    ref,
    answer,
    url,
  )
}

interface Unfolded {
  readonly report: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** What hooks print for people. */
  readonly said: string
}

/** Channel 1 carries the report, 2 what hooks say, 3 the server's last words. */
async function unfold(answer: GitAnswer, url: string): Promise<Unfolded> {
  const report: Uint8Array[] = []
  const said: string[] = []
  for await (const each of readPackets(answer.body, url)) {
    if (each.kind === 'flush') continue
    if (each.kind !== 'data') throw notGit(url, 'a report in several sections')
    const rest = each.bytes.subarray(1)
    if (each.bytes[0] === 1) report.push(Buffer.from(rest))
    else if (each.bytes[0] === 2) said.push(textOf(rest))
    else if (each.bytes[0] === 3) throw saysNo(url, answer.quote(textOf(rest)))
    else throw notGit(url, 'an unknown channel')
  }
  return { report, said: said.join(' ').trim() }
}

async function refusalIn(
  { report, said }: Unfolded,
  ref: string,
  { quote }: GitAnswer,
  url: string,
): Promise<string | undefined> {
  const lines: string[] = []
  const bytes = (async function* () {
    yield* report
  })()
  for await (const each of readPackets(bytes, url) as AsyncIterable<Packet>) {
    if (each.kind === 'data') lines.push(textOf(each.bytes))
  }
  const unpacked = lines.find((line) => line.startsWith('unpack '))
  if (unpacked === undefined) throw notGit(url, 'a report that does not say whether it could unpack')
  if (unpacked === 'unpack ok' && lines.includes(`ok ${ref}`)) return undefined
  const reason = lines.find((line) => line.startsWith(`ng ${ref} `))?.slice(`ng ${ref} `.length)
  const why = unpacked === 'unpack ok' ? [] : [unpacked]
  return quote([...why, ...(reason === undefined ? [] : [reason]), ...(said === '' ? [] : [said])].join('; '))
}
