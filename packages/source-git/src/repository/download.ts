import { isMooringError } from '@mooring/core'
import type { PackFolder } from '../objects/pack-folder.ts'
import type { Advertisement } from '../wire/advertisement.ts'
import { fetchPack, type PackRequest } from '../wire/fetch-pack.ts'
import type { GitHttp } from '../wire/git-http.ts'
import type { PackShelf } from './pack-shelf.ts'
import type { ObtainOptions } from './repository.ts'

/** Where to download from. */
export interface DownloadOptions {
  readonly http: GitHttp
  readonly url: string
  readonly maxBytes: number
}

/** Brings a commit to the shelf. False: the server does not give it out. */
export type Downloader = (
  shelf: PackShelf,
  advertisement: Advertisement,
  wanted: ObtainOptions & { readonly commit: string },
) => Promise<boolean>

/**
 * The history that comes with news costs at most this much. Beyond it (a branch replaced by one that has nothing in
 * common with it, a merge of something very old) the newest snapshot alone is cheaper, and what it follows stays unknown.
 */
const maxHistoryBytes = 64 * 1024 * 1024

/**
 * Decides how much to ask for.
 *
 * - First: the snapshot alone, without history. If a commit is named that it may follow, that one's snapshot, and then
 *   the way from there.
 * - News: what is new since the commits that are here.
 * - A recorded commit: its snapshot. A server that gives nothing out by id is asked for all it has.
 */
export function downloader({ http, url, maxBytes }: DownloadOptions): Downloader {
  return async (shelf, { refs, capabilities }, { commit, after, isNews, withHistory, signal }) => {
    const ask = (folder: PackFolder, id: string, request: Partial<PackRequest>): Promise<boolean> =>
      folder.take(
        id,
        async (file) => {
          const plain = { wants: [id], haves: [], shallows: [], capabilities, maxBytes }
          const answer = await fetchPack(http, url, { ...plain, ...request, file, signal })
          return answer.kind === 'refused' ? undefined : answer
        },
        signal,
      )

    const snapshot = (folder: PackFolder, id: string): Promise<boolean> => ask(folder, id, { depth: 1 })

    const sinceWhatIsHere = (folder: PackFolder): Promise<boolean | 'too-large'> =>
      unlessTooLarge(
        ask(folder, commit, {
          haves: folder.tips(),
          shallows: folder.shallows(),
          maxBytes: Math.min(maxBytes, maxHistoryBytes),
        }),
      )

    const first = async (fresh: PackFolder): Promise<boolean> => {
      if (after !== undefined) {
        // Either the commit to follow is here now, or the server would not give it out and it may be in the history.
        await unlessTooLarge(snapshot(fresh, after))
        const came = await sinceWhatIsHere(fresh)
        if (came !== 'too-large') return came
      }
      return snapshot(fresh, commit)
    }

    const everything = async (fresh: PackFolder): Promise<boolean> => {
      const wants = [...new Set(publicTips(refs))]
      return wants.length > 0 && (await ask(fresh, commit, { wants }))
    }

    const current = withHistory ? undefined : shelf.current()
    if (isNews) {
      const came = current === undefined ? 'too-large' : await sinceWhatIsHere(current)
      return came === 'too-large' ? shelf.renew(first) : came
    }
    const alone = current === undefined ? shelf.renew(first) : snapshot(current, commit)
    return (await alone) || (await shelf.renew(everything))
  }
}

async function unlessTooLarge(asked: Promise<boolean>): Promise<boolean | 'too-large'> {
  try {
    return await asked
  } catch (thrown) {
    if (isMooringError(thrown) && thrown.code === 'RESPONSE_TOO_LARGE') return 'too-large'
    throw thrown
  }
}

/** What branches and tags point at. Servers also advertise refs of their own, such as one for each pull request. */
function* publicTips(refs: ReadonlyMap<string, string>): Generator<string> {
  for (const [name, id] of refs) if (/^refs\/(heads|tags)\//.test(name)) yield id
}
