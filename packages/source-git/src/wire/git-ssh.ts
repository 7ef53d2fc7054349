import { responseTooLarge } from './broken-line.ts'
import type { GitAnswer, GitConnections, GitRequest, GitService } from './git-server.ts'
import { checkedAddress, type Resolve } from './guarded-lookup.ts'
import { hostGates, keyOf } from './host-gate.ts'
import { flushPacket, notGit, packet } from './pkt-line.ts'
import { type SshCall, type SshServer, sshCall } from './ssh-call.ts'
import { sshArguments } from './ssh-command.ts'
import { sshFiles } from './ssh-files.ts'
import { type SshLine, sshLine } from './ssh-line.ts'
import { untilFlush } from './until-flush.ts'

/** Long enough for the download that follows a poll. */
const idleMs = 5000
/** What says over HTTP that an answer is Git's is said for SSH by whoever was asked to run Git. */
const headOf = (service: GitService): Buffer =>
  Buffer.from(`${packet(`# service=${service}\n`)}${flushPacket}`)
const serviceOf = ({ path }: GitRequest): GitService =>
  path.endsWith('git-receive-pack') ? 'git-receive-pack' : 'git-upload-pack'
const version2 = '000eversion 2\n'

// As over HTTP: one host must not be asked by all sources at once.
const gates = hostGates()

/**
 * Requests to one repository through the `ssh` of this machine. Over SSH a server speaks first and then answers one question
 * after the other; here that looks like requests over HTTP. A connection with protocol version 2 stays open for a
 * moment, so that the download after a poll needs no new one. Every request ends: on the deadline, at its byte limit, on
 * abort, and `ssh` with it.
 *
 * Throws `ADDRESS_NOT_ALLOWED`, `AUTHENTICATION_FAILED`, `GIT_PROTOCOL_ERROR`, `HOST_KEY_CHANGED`, `HOST_KEY_UNKNOWN`,
 * `REPOSITORY_NOT_FOUND`, `REPOSITORY_UNREACHABLE`, `RESPONSE_TOO_LARGE` and `SSH_NOT_AVAILABLE`.
 */
export function gitSsh(server: SshServer, resolve?: Resolve): GitConnections {
  const { location, reach, timeoutMs, maxRequestsPerHost } = server
  const { ssh = {}, policy } = reach
  const files = sshFiles(ssh)
  const gate = gates(`ssh://${location.host}:${location.port}`)
  const party = keyOf(JSON.stringify([location.user, ssh.identity, ssh.identityFile, ssh.agent]))
  const open = new Set<SshLine>()
  const hasListed = new WeakSet<SshLine>()
  let idle: { readonly line: SshLine; readonly timer: NodeJS.Timeout } | undefined

  const begin = async (request: GitRequest): Promise<SshLine> => {
    const { protocol } = request
    const { knownHosts, identity } = await files.paths()
    const mayConnect = policy?.mayConnect
    const address = mayConnect && (await checkedAddress(location.host, mayConnect, resolve))
    const service = serviceOf(request)
    const how = { knownHosts, identity, agent: ssh.agent, address, protocol, connectTimeoutMs: timeoutMs }
    const line = sshLine(ssh.command ?? 'ssh', sshArguments(location, { ...how, service }), protocol)
    open.add(line)
    const gone = (): boolean => open.delete(line)
    line.end().then(gone, gone)
    return line
  }

  const rest = (line: SshLine): void => {
    idle?.line.kill()
    clearTimeout(idle?.timer)
    const timer = setTimeout(() => line.kill(), idleMs)
    idle = { line, timer }
  }

  /** Git reads its refs once and remembers them as long as it runs: whoever asks again would hear what was. */
  const wake = (request: GitRequest): SshLine | undefined => {
    const woken = idle
    if (woken === undefined || (isListing(request) && hasListed.has(woken.line))) return undefined
    idle = undefined
    clearTimeout(woken.timer)
    return woken.line.isOpen() ? woken.line : undefined
  }

  const ask = async (request: GitRequest): Promise<GitAnswer> => {
    const leave = await gate.enter(maxRequestsPerHost, party, request.signal)
    const call = sshCall(server, request, leave)
    try {
      const rested = request.body !== undefined && request.protocol === 2 ? wake(request) : undefined
      const line = await call.hold(rested ?? begin(request))
      if (rested !== undefined) return await answered(call, request, rested, () => call.hold(begin(request)))
      return await answered(call, request, line, undefined)
    } catch (thrown) {
      call.end()
      throw call.errorOf(thrown)
    }
  }

  const answered = async (
    call: SshCall,
    request: GitRequest,
    line: SshLine,
    again: (() => Promise<SshLine>) | undefined,
  ): Promise<GitAnswer> => {
    if (request.body === undefined) {
      const isNew = (await greetingOf(call, line)) === version2
      return call.answer(
        isNew ? untilFlush(line) : withHead(line, serviceOf(request)),
        line,
        isNew ? rest : undefined,
      )
    }
    if (again === undefined) await skipGreeting(call, request, line)
    if (isListing(request)) hasListed.add(line)
    line.write(request.body)
    const first = await line.next()
    // It went to sleep for good, which shows only now.
    if (first === undefined && again !== undefined) return answered(call, request, await again(), undefined)
    if (first === undefined) throw await call.failure(line)
    line.unread(first)
    return request.protocol === 2
      ? call.answer(untilFlush(line), line, rest)
      : call.answer(untilEnd(line), line, undefined)
  }

  return {
    ask,
    isCheap: false,
    close: async () => {
      clearTimeout(idle?.timer)
      const ending = [...open]
      for (const line of ending) line.kill()
      await Promise.allSettled(ending.map((line) => line.end()))
      await files.remove()
    },
  }
}

const isListing = ({ body }: GitRequest): boolean =>
  body !== undefined && Buffer.from(body.subarray(0, 32)).includes('command=ls-refs')

async function* untilEnd(line: SshLine): AsyncGenerator<Uint8Array> {
  for (let chunk = await line.next(); chunk !== undefined; chunk = await line.next()) yield chunk
}

/** Older servers begin with their refs, as they do not over HTTP. */
async function* withHead(line: SshLine, service: GitService): AsyncGenerator<Uint8Array> {
  yield headOf(service)
  yield* untilFlush(line)
}

/** The beginning of what the server says first. */
async function greetingOf(call: SshCall, line: SshLine): Promise<string> {
  let bytes = Buffer.alloc(0)
  while (bytes.length < version2.length) {
    const chunk = await line.next()
    if (chunk === undefined) break
    bytes = Buffer.concat([bytes, chunk])
  }
  if (bytes.length === 0) throw await call.failure(line)
  line.unread(bytes)
  return bytes.toString('latin1', 0, version2.length)
}

/** What the server can do was asked before; it says so again on every new connection. */
async function skipGreeting(call: SshCall, { protocol, maxBytes }: GitRequest, line: SshLine): Promise<void> {
  const beginning = await greetingOf(call, line)
  if (protocol === 2 && beginning !== version2) {
    throw notGit(call.url, 'a server that does not speak version 2 any more')
  }
  let bytes = 0
  for await (const chunk of untilFlush(line)) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw responseTooLarge(call.url, maxBytes)
  }
}
