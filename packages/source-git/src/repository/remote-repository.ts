import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMooringError, MooringError } from '@mooring/core'
import type { GitRef } from '../options/git-source-options.ts'
import { type Advertisement, discover } from '../wire/advertisement.ts'
import { gitHttp } from '../wire/git-http.ts'
import { disposed } from './disposed.ts'
import { type DownloadOptions, downloader } from './download.ts'
import { inTurn } from './in-turn.ts'
import { openPackShelf, type PackShelf } from './pack-shelf.ts'
import { fullNameOf, refNotFound } from './ref-not-found.ts'
import type { ObtainOptions, Repository } from './repository.ts'
import { sharedWork } from './shared-work.ts'
import { codeOf } from './system-error.ts'

/** What is needed to read a repository over HTTP. */
export interface RemoteOptions extends Omit<DownloadOptions, 'http'> {
  readonly auth: Parameters<typeof gitHttp>[0]['auth']
  readonly timeoutMs: number
  readonly cacheDirectory: string
}

/**
 * A repository behind HTTP. What it downloads is kept in a folder of its own, which is made at the first download. Calls
 * that want the same share one request; downloads come one after the other.
 *
 * Throws what the wire does, and `CACHE_NOT_WRITABLE`.
 */
export function remoteRepository(options: RemoteOptions): Repository {
  const { url, maxBytes } = options
  const http = gitHttp(options)
  const download = downloader({ ...options, http })
  const shared = sharedWork()
  const turn = inTurn()
  let folder: string | undefined
  let shelf: PackShelf | undefined
  let last: Advertisement | undefined

  const advertisement = (signal: AbortSignal): Promise<Advertisement> =>
    shared.join('refs', signal, async (both) => {
      last = await discover(http, url, { maxBytes: Math.min(maxBytes, maxRefsBytes), signal: both })
      return last
    })

  const openShelf = async (): Promise<PackShelf> => {
    if (folder === undefined || !existsSync(folder)) {
      folder = await makeFolder(options.cacheDirectory)
      shelf = undefined
    }
    shelf ??= openPackShelf(folder, url)
    return shelf
  }

  const bring = async (wanted: ObtainOptions & { readonly commit: string }): Promise<boolean> => {
    try {
      const packs = await openShelf()
      if (!wanted.withHistory && (await packs.holds(wanted.commit, wanted.signal))) return true
      // News was advertised a moment ago. A recorded commit may be looked for long after the last poll.
      const refs = (wanted.isNews && last) || (await advertisement(wanted.signal))
      return await download(packs, refs, wanted)
    } catch (thrown) {
      if (isMooringError(thrown) || wanted.signal.aborted) throw thrown
      throw cacheFailed(options.cacheDirectory, thrown)
    }
  }

  return {
    tip: async (ref, signal) => tipOf(ref, url, await advertisement(signal)),
    obtain: async (commit, { signal, ...how }) => {
      const here = how.withHistory ? undefined : await shelf?.holding(commit, signal)
      if (here !== undefined) return here
      const came = await shared.join(JSON.stringify([commit, how]), signal, (both) =>
        turn(both, () => bring({ commit, signal: both, ...how })),
      )
      return came ? shelf?.holding(commit, signal) : undefined
    },
    dispose: async () => {
      await shared.end(disposed(url))
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** About a million refs. They are held in memory, unlike packs. */
const maxRefsBytes = 64 * 1024 * 1024

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

function tipOf(ref: GitRef, url: string, { refs, peeled }: Advertisement): string {
  const name = fullNameOf(ref) ?? ''
  const id = peeled.get(name) ?? refs.get(name)
  if (id === undefined) throw refNotFound(ref, url, refs.keys())
  return id
}
