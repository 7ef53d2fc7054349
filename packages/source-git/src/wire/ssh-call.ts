import { isMooringError, MooringError } from '@mooring/core'
import type { SshLocation } from '../options/ssh-location.ts'
import { causeOf, responseTooLarge } from './broken-line.ts'
import type { GitAnswer, GitRequest, GitServer } from './git-server.ts'
import { printable } from './printable.ts'
import { keyOptionOf, sshFailureOf, sshNotAvailable } from './ssh-failure.ts'
import type { SshLine } from './ssh-line.ts'

/** A repository behind SSH. */
export type SshServer = GitServer & { readonly location: SshLocation }

type Rest = ((line: SshLine) => void) | undefined

/** One request, and what has to happen when it ends, however it does. */
export interface SshCall {
  readonly url: string
  /** Ends this line if the request does before its time. */
  readonly hold: (line: SshLine | Promise<SshLine>) => Promise<SshLine>
  /** `rest` is given the line when the answer has ended and another question may follow. */
  readonly answer: (body: AsyncIterable<Uint8Array>, line: SshLine, rest: Rest) => GitAnswer
  readonly failure: (line: SshLine) => Promise<unknown>
  readonly errorOf: (thrown: unknown) => unknown
  readonly end: () => void
}

/** Begins to count the time of a request. `leave` is called at its end. */
export function sshCall(
  { location, reach, timeoutMs }: SshServer,
  request: GitRequest,
  leave: () => void,
): SshCall {
  const { url } = location
  const deadline = AbortSignal.timeout(timeoutMs)
  const either = AbortSignal.any([request.signal, deadline])
  let held: SshLine | undefined
  const end = (): void => {
    either.removeEventListener('abort', end)
    held?.kill()
    leave()
  }
  const letGo = (): void => {
    held = undefined
    end()
  }
  either.addEventListener('abort', end, { once: true })

  const errorOf = (thrown: unknown): unknown => {
    if (request.signal.aborted) return request.signal.reason
    if (deadline.aborted) return unreachable(url, `none within ${timeoutMs} ms`, thrown, true)
    return isMooringError(thrown) ? thrown : unreachable(url, causeOf(thrown), thrown)
  }

  const failure = async (line: SshLine): Promise<unknown> => {
    try {
      return errorOf(sshFailureOf(location, await line.end(), keyOptionOf(reach.ssh)))
    } catch (thrown) {
      return errorOf(sshNotAvailable(reach.ssh?.command ?? 'ssh', thrown))
    }
  }

  async function* bounded(
    body: AsyncIterable<Uint8Array>,
    line: SshLine,
    rest: Rest,
  ): AsyncGenerator<Uint8Array> {
    let bytes = 0
    let last = ''
    try {
      for await (const chunk of body) {
        bytes += chunk.byteLength
        if (bytes > request.maxBytes) throw responseTooLarge(url, request.maxBytes)
        last = (last + Buffer.from(chunk.subarray(-4)).toString('latin1')).slice(-4)
        yield chunk
      }
      either.throwIfAborted()
      // A line that broke off: without this it would look like a server that stopped in the middle.
      if (last !== '0000' && (await line.end()).code === 255) throw await failure(line)
      if (last === '0000' && rest !== undefined && line.isOpen()) {
        letGo()
        rest(line)
      }
    } catch (thrown) {
      throw errorOf(thrown)
    } finally {
      end()
    }
  }

  return {
    url,
    hold: async (line) => {
      held = await line
      if (either.aborted) end()
      either.throwIfAborted()
      return held
    },
    answer: (body, line, rest) => ({
      body: bounded(body, line, rest),
      quote: (text) => printable(text),
    }),
    failure,
    errorOf,
    end,
  }
}

const unreachable = (url: string, found: string, cause: unknown, isLate = false): MooringError =>
  new MooringError({
    code: 'REPOSITORY_UNREACHABLE',
    kind: 'transient',
    message: `Expected a complete answer from ${url}, found ${found}`,
    hint: isLate
      ? 'See whether the server is slow or the repository large; if it just takes longer, raise timeoutMs.'
      : 'See whether the address is right and the server can be reached from here.',
    cause,
  })
