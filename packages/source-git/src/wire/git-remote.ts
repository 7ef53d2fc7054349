import { isMooringError } from '@mooring/core'
import { sha1 } from '../pack/object-format.ts'
import { type Advertisement, discover } from './advertisement.ts'
import type { FetchAnswer, FetchRequest } from './fetch-request.ts'
import { fetchVersion1 } from './fetch-v1.ts'
import { fetchVersion2, offersFilter } from './fetch-v2.ts'
import type { GitConnections } from './git-server.ts'
import { lsRefs } from './ls-refs.ts'
import type { Refs } from './refs.ts'

/** One repository behind a server, in whatever version of the protocol the server speaks. */
export interface GitRemote {
  /** What refs point at: at least those whose full names begin so, all where the server knows no better. One request. */
  readonly refs: (prefixes: readonly string[], signal: AbortSignal) => Promise<Refs>
  /** Begins a download. */
  readonly fetch: (request: FetchRequest) => Promise<FetchAnswer>
}

const mayBeRefusal = ['GIT_PROTOCOL_ERROR', 'REPOSITORY_CORRUPT']

/** About a million refs. They are held in memory, unlike packs. */
const maxRefsBytes = 64 * 1024 * 1024

/**
 * Asks nothing yet. The first question is put together with the question for what the server can do, so that it takes one
 * round trip; after a failure, or where a connection is dear, one at a time, so that a wrong password counts once. What the server can do is remembered
 * until it does not hold any more.
 *
 * Throws what {@link GitConnections} does, `GIT_PROTOCOL_ERROR`, `REPOSITORY_CORRUPT` and `REPOSITORY_UNSUPPORTED`.
 */
export function gitRemote(connections: GitConnections, url: string, maxBytes: number): GitRemote {
  const { ask: http, isCheap } = connections
  const maxListBytes = Math.min(maxBytes, maxRefsBytes)
  let server: Advertisement | undefined
  let isCautious = false
  let refusesFilter = false

  const ask = async (signal: AbortSignal): Promise<Advertisement> => {
    server = await discover(http, url, { maxBytes: maxListBytes, signal })
    return server
  }

  /** What was remembered may be what is wrong: another server behind the same address, or another version of it. */
  const remembered = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work()
    } catch (thrown) {
      isCautious = true
      if (isMooringError(thrown) && thrown.code === 'GIT_PROTOCOL_ERROR') server = undefined
      throw thrown
    }
  }

  const list = (known: Advertisement, prefixes: readonly string[], signal: AbortSignal): Promise<Refs> =>
    lsRefs(http, url, { prefixes, format: known.format, maxBytes: maxListBytes, signal })

  const firstRefs = async (prefixes: readonly string[], signal: AbortSignal): Promise<Refs> => {
    const leaving = new AbortController()
    const either = AbortSignal.any([signal, leaving.signal])
    const early =
      isCautious || !isCheap
        ? undefined
        : lsRefs(http, url, { prefixes, format: sha1, maxBytes: maxListBytes, signal: either }).catch(
            () => undefined,
          )
    try {
      const known = await ask(signal)
      if (known.version === 1) return known.refs
      const listed = known.format.name === sha1.name ? await early : undefined
      return listed ?? (await list(known, prefixes, signal))
    } finally {
      leaving.abort()
      await early
    }
  }

  const begin = async (request: FetchRequest): Promise<FetchAnswer> => {
    const known = server ?? (await ask(request.signal))
    const withoutFiles = request.withoutFiles === true && !refusesFilter
    const version = known.version === 2 ? fetchVersion2 : fetchVersion1
    try {
      return await version(http, url, known, { ...request, withoutFiles })
    } catch (thrown) {
      // Some servers offer what their operators have switched off, and refuse it or break off.
      if (!isMooringError(thrown) || !mayBeRefusal.includes(thrown.code)) throw thrown
      if (!withoutFiles || !offersFilter(known)) throw thrown
      const answer = await version(http, url, known, { ...request, withoutFiles: false })
      refusesFilter = true
      return answer
    }
  }

  return {
    refs: (prefixes, signal) =>
      remembered(async () => {
        if (server === undefined) return firstRefs(prefixes, signal)
        if (server.version === 2) return list(server, prefixes, signal)
        const known = await ask(signal)
        return known.version === 1 ? known.refs : list(known, prefixes, signal)
      }),
    fetch: (request) => remembered(() => begin(request)),
  }
}
