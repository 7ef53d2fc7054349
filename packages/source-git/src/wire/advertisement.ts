import { MooringError } from '@mooring/core'
import { type ObjectFormat, sha1, sha256 } from '../pack/object-format.ts'
import type { GitAnswer, GitAsk } from './git-server.ts'
import { notGit, readPackets, textOf } from './pkt-line.ts'
import { type RefLine, type Refs, refsFrom } from './refs.ts'

/** What a server says of a repository at first. */
export type Advertisement = {
  readonly format: ObjectFormat
  readonly capabilities: ReadonlySet<string>
} & (
  | { readonly version: 2 }
  | { /** The old protocol lists every ref at once. */ readonly version: 1; readonly refs: Refs }
)

/** The service of Git that reads. */
export const service = 'git-upload-pack'

/**
 * Asks for what the server can do, in one request: with protocol version 2 if it speaks it, else with version 0 or 1,
 * whose answer also holds all refs.
 *
 * Throws what {@link GitAsk} does, `GIT_PROTOCOL_ERROR`, `REPOSITORY_CORRUPT` and `REPOSITORY_UNSUPPORTED`.
 */
export async function discover(
  ask: GitAsk,
  url: string,
  options: {
    /** Default: the one that reads. */
    readonly service?: 'git-upload-pack' | 'git-receive-pack'
    readonly maxBytes: number
    readonly signal: AbortSignal
  },
): Promise<Advertisement> {
  const { service: asked = service, ...bounds } = options
  const answer = await ask({
    path: `/info/refs?service=${asked}`,
    // Pushing is as it was in version 0.
    ...(asked === service && { protocol: 2 }),
    expects: `application/x-${asked}-advertisement`,
    ...bounds,
  })
  const lines = linesOf(answer, asked, url)
  try {
    const { value: first, done } = await lines.next()
    if (done === true) return { ...empty, capabilities: new Set() }
    if (first === 'version 2') return await readVersion2(lines, url)
    return await readRefs(first, lines, url)
  } finally {
    await lines.return(undefined)
  }
}

const empty = { version: 1, format: sha1, refs: refsFrom([]) } as const

/** The lines of an answer, without the one that names the service. Version 2 leaves that one out. */
async function* linesOf(answer: GitAnswer, asked: string, url: string): AsyncGenerator<string> {
  let isSmart = false
  for await (const packet of readPackets(answer.body, url)) {
    if (packet.kind === 'flush') continue
    if (packet.kind !== 'data') throw notGit(url, 'an answer in several sections')
    const text = textOf(packet.bytes)
    if (text.startsWith('ERR ')) throw saysNo(url, answer.quote(text.slice(4)))
    const isHead = text === `# service=${asked}` || text === 'version 2'
    isSmart ||= isHead
    if (!isSmart) throw notGit(url, 'a line that names no ref')
    if (text.startsWith('#') || text === 'version 1') continue
    yield text
  }
  if (!isSmart) throw notGit(url, 'no list of refs')
}

async function readVersion2(lines: AsyncGenerator<string>, url: string): Promise<Advertisement> {
  const capabilities = new Set<string>()
  for await (const line of lines) capabilities.add(line)
  return { version: 2, capabilities, format: formatIn(capabilities, url) }
}

async function readRefs(first: string, lines: AsyncGenerator<string>, url: string): Promise<Advertisement> {
  const [, offered = ''] = first.split('\0')
  const capabilities = new Set(offered.split(' '))
  const format = formatIn(capabilities, url)
  const pattern = format.idBytes === 20 ? /^([0-9a-f]{40}) (.+)$/ : /^([0-9a-f]{64}) (.+)$/
  const refs: RefLine[] = []
  const read = (line: string): void => {
    const [, id, name] = pattern.exec(line) ?? []
    if (id === undefined || name === undefined) throw notGit(url, 'a line that names no ref')
    // Where nothing was ever pushed there is no ref to put the capabilities behind: one is made up for it.
    if (name === 'capabilities^{}') return
    if (name.endsWith('^{}')) refs.push({ name: name.slice(0, -3), peeled: id })
    else refs.push({ name, id })
  }
  read(first.split('\0')[0] ?? '')
  for await (const line of lines) read(line)
  return { version: 1, capabilities, format, refs: refsFrom(refs) }
}

function formatIn(capabilities: ReadonlySet<string>, url: string): ObjectFormat {
  const named = [...capabilities].find((capability) => capability.startsWith('object-format='))
  if (named === undefined || named === 'object-format=sha1') return sha1
  if (named === 'object-format=sha256') return sha256
  throw new MooringError({
    code: 'REPOSITORY_UNSUPPORTED',
    kind: 'permanent',
    message: `Expected ${url} to name its objects by SHA-1 or SHA-256, found another object format`,
    hint: 'Mirror it into a repository of one of these formats.',
  })
}

/** The error of a server that understood and will not. */
export const saysNo = (url: string, reason: string): MooringError =>
  new MooringError({
    code: 'GIT_PROTOCOL_ERROR',
    kind: 'permanent',
    message: `Expected ${url} to give what was asked for, found that it refuses: ${reason}`,
    hint: 'The reason is the server’s own. Ask whoever runs it.',
  })
