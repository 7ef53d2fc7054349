import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMooringError, MooringError } from '@mooring/core'
import type { PackLimits } from '../pack/pack-refusals.ts'
import { contentCache } from '../store/content-cache.ts'
import type { Downloaded } from '../store/object-folder.ts'
import { connectionsTo } from '../wire/connections-to.ts'
import type { FetchRequest } from '../wire/fetch-request.ts'
import { type GitRemote, gitRemote } from '../wire/git-remote.ts'
import type { GitServer } from '../wire/git-server.ts'
import { meteredConnections } from '../wire/metered-connections.ts'
import type { Refs } from '../wire/refs.ts'
import { disposed } from './disposed.ts'
import { downloader, publicRefs } from './download.ts'
import { inTurn } from './in-turn.ts'
import { type ObjectShelf, openObjectShelf } from './object-shelf.ts'
import { findTip, refLookup } from './ref-lookup.ts'
import { refNotFound } from './ref-not-found.ts'
import type { ObtainOptions, Repository } from './repository.ts'
import { sharedWork } from './shared-work.ts'
import { codeOf } from './system-error.ts'
import { trafficMeter } from './traffic.ts'

/** What is needed to read a repository behind a server. */
export interface RemoteOptions extends GitServer {
  readonly maxBytes: number
  readonly limits: PackLimits
  readonly cacheDirectory: string
  readonly maxCacheBytes: number
}

/** Of objects in memory. */
const maxMemoryBytes = 32 * 1024 * 1024

/**
 * A repository behind HTTP or SSH. What it downloads is kept in a folder of its own, which is made at the first download. Calls
 * that want the same share one request; downloads of commits come one after the other.
 *
 * Throws what the wire and the reading of packs do, and `CACHE_NOT_WRITABLE`.
 */
export function remoteRepository(options: RemoteOptions): Repository {
  const { maxBytes, location } = options
  const { url } = location
  const traffic = trafficMeter()
  const connections = meteredConnections(connectionsTo(options), {
    onRequest: () => traffic.add('requests', 1),
    onBytes: (bytes) => traffic.add('responseBytes', bytes),
  })
  const remote = countingFetches(gitRemote(connections, url, maxBytes), () => traffic.add('fetches', 1))
  const download = downloader(remote, maxBytes)
  const cache = contentCache(maxMemoryBytes)
  const shared = sharedWork()
  const turn = inTurn()
  let brought = 0
  let folder: string | undefined
  let shelf: ObjectShelf | undefined

  const refs = (prefixes: readonly string[], signal: AbortSignal): Promise<Refs> =>
    shared.join(`refs ${prefixes.join(' ')}`, signal, (both) => remote.refs(prefixes, both))

  const openShelf = async (): Promise<ObjectShelf> => {
    if (folder === undefined || !existsSync(folder)) {
      folder = await makeFolder(options.cacheDirectory)
      shelf = undefined
    }
    shelf ??= openObjectShelf(folder, {
      place: url,
      limits: options.limits,
      onObjects: (count) => traffic.add('objects', count),
      cache,
      maxBytes: options.maxCacheBytes,
      download: (wants, signal) => downloadFiles(remote, { wants, maxBytes, signal }),
      downloadAll: (commit, signal) => downloadFiles(remote, { wants: [commit], depth: 1, maxBytes, signal }),
      downloadTag: (id, { tips, shallows }, signal) =>
        downloadFiles(remote, { wants: [id], haves: tips(), shallows: shallows(), maxBytes, signal }),
      run: (signal, work) =>
        shared.join(`files ${++brought}`, signal, (both) => kept(both, () => work(both))),
    })
    return shelf
  }

  const kept = async <Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work()
    } catch (thrown) {
      if (isMooringError(thrown) || signal.aborted) throw thrown
      throw cacheFailed(options.cacheDirectory, thrown)
    }
  }

  const bring = (wanted: ObtainOptions & { readonly commit: string }): Promise<boolean> =>
    kept(wanted.signal, async () => {
      const objects = await openShelf()
      if (!wanted.withHistory && (await objects.holds(wanted.commit, wanted.signal))) return true
      return download(objects, wanted)
    })

  return {
    tip: async (ref, signal) => {
      const found = await findTip(ref, await refs([refLookup(ref).prefix], signal), signal)
      if (found !== undefined) return found
      throw refNotFound(ref, url, (await refs(publicRefs, signal)).ids.keys())
    },
    obtain: async (commit, { signal, ...how }) => {
      const here = how.withHistory ? undefined : await shelf?.holding(commit, signal)
      if (here !== undefined) return here
      const came = await shared.join(JSON.stringify([commit, how]), signal, (both) =>
        turn(both, () => bring({ commit, signal: both, ...how })),
      )
      return came ? shelf?.holding(commit, signal) : undefined
    },
    traffic: traffic.read,
    dispose: async () => {
      await shared.end(disposed(url))
      await connections.close()
      await shelf?.close()
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

async function downloadFiles(
  remote: GitRemote,
  request: Pick<FetchRequest, 'wants' | 'maxBytes' | 'signal'> & Partial<FetchRequest>,
): Promise<Downloaded | undefined> {
  const answer = await remote.fetch({ haves: [], shallows: [], ...request })
  return answer.kind === 'refused' ? undefined : answer
}

const countingFetches = (remote: GitRemote, onFetch: () => void): GitRemote => ({
  ...remote,
  fetch: (request) => {
    onFetch()
    return remote.fetch(request)
  },
})

async function makeFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true })
  return mkdtemp(join(parent, 'mooring-git-'))
}

/** Nothing but the disk fails without an error of ours. */
const cacheFailed = (folder: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'CACHE_NOT_WRITABLE',
    kind: 'transient',
    message: `Expected to keep a download in ${folder}, found that it cannot be written (${codeOf(cause)})`,
    hint: 'See whether it can be written and has space, or give another folder in `cacheDirectory`.',
    cause,
  })
