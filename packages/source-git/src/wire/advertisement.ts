import { MooringError } from '@mooring/core'
import type { GitHttp } from './git-http.ts'
import { notGit, readPackets, textOf } from './pkt-line.ts'

/** What a server says of a repository at first. */
export interface Advertisement {
  /** Full names, such as `refs/heads/main`, and what they point at. Names are the server's: look up, never store by them. */
  readonly refs: ReadonlyMap<string, string>
  /** By full name of the tag: the object an annotated tag leads to. */
  readonly peeled: ReadonlyMap<string, string>
  readonly capabilities: ReadonlySet<string>
}

const service = 'git-upload-pack'

/**
 * Asks for all refs, in one request (protocol versions 0 and 1; version 2 would take two).
 *
 * Throws what {@link GitHttp} does, `GIT_PROTOCOL_ERROR`, `REPOSITORY_CORRUPT` and `REPOSITORY_UNSUPPORTED`.
 */
export async function discover(
  http: GitHttp,
  url: string,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Advertisement> {
  const answer = await http({ path: `/info/refs?service=${service}`, ...options })
  if (answer.contentType !== `application/x-${service}-advertisement`) {
    throw notGit(url, `an answer of type ${answer.quote(answer.contentType) || 'unknown'}`)
  }
  const refs = new Map<string, string>()
  const peeled = new Map<string, string>()
  let capabilities: ReadonlySet<string> | undefined
  let isSmart = false
  for await (const packet of readPackets(answer.body, url)) {
    if (packet.kind === 'flush') continue
    const text = textOf(packet.bytes)
    if (text.startsWith('ERR ')) throw saysNo(url, answer.quote(text.slice(4)))
    if (text === `# service=${service}`) isSmart = true
    if (text.startsWith('#') || text === 'version 1') continue
    const [line = '', ...offered] = text.split('\0')
    capabilities ??= capabilitiesOf(offered.join(' '), url)
    const [, id, name] = /^([0-9a-f]{40}) (.+)$/.exec(line) ?? []
    if (id === undefined || name === undefined) throw notGit(url, 'a line that names no ref')
    if (name.endsWith('^{}')) peeled.set(name.slice(0, -3), id)
    else refs.set(name, id)
  }
  if (!isSmart) throw notGit(url, 'no list of refs')
  // Where nothing was ever pushed there is no ref to put the capabilities behind, and some servers make one up for it.
  peeled.delete('capabilities')
  return { refs, peeled, capabilities: capabilities ?? new Set() }
}

function capabilitiesOf(offered: string, url: string): ReadonlySet<string> {
  const capabilities = new Set(offered.split(' '))
  const format = [...capabilities].find((capability) => capability.startsWith('object-format='))
  if (format === undefined || format === 'object-format=sha1') return capabilities
  throw new MooringError({
    code: 'REPOSITORY_UNSUPPORTED',
    kind: 'permanent',
    message: `Expected ${url} to name its objects by SHA-1, found another object format`,
    hint: 'SHA-256 repositories cannot be read yet. Mirror it into a SHA-1 repository.',
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
