import { isMooringError } from '@mooring/core'
import type { ObjectFolder } from '../store/object-folder.ts'
import type { FetchRequest } from '../wire/fetch-request.ts'
import type { GitRemote } from '../wire/git-remote.ts'
import type { ObjectShelf } from './object-shelf.ts'
import type { ObtainOptions } from './repository.ts'

/** Brings a commit to the shelf. False: the server does not give it out. */
export type Downloader = (
  shelf: ObjectShelf,
  wanted: ObtainOptions & { readonly commit: string },
) => Promise<boolean>

/**
 * The history that comes with news costs at most this much. Beyond it (a branch replaced by one that has nothing in
 * common with it, a merge of something very old) the newest snapshot alone is cheaper, and what it follows stays unknown.
 */
const maxHistoryBytes = 64 * 1024 * 1024
/** Enough for a server to find what is in common. */
const maxHaves = 64

/**
 * Decides how much to ask for. Files are left out where the server can do so, and brought when they are read.
 *
 * - First: the snapshot alone, without history. If a commit is named that it may follow, that one's snapshot, and then
 *   the way from there.
 * - News: what is new since the commits that are here, with the files that changed: they are what will be read, and are
 *   worth no request of their own.
 * - A recorded commit: its snapshot. A server that gives nothing out by id is asked for all it has.
 */
export function downloader(remote: GitRemote, maxBytes: number): Downloader {
  return async (shelf, { commit, after, isNews, withHistory, signal }) => {
    const ask = (folder: ObjectFolder, id: string, request: Partial<FetchRequest>): Promise<boolean> =>
      folder.take(
        id,
        async () => {
          const plain = { wants: [id], haves: [], shallows: [], withoutFiles: true, maxBytes }
          const answer = await remote.fetch({ ...plain, ...request, signal })
          return answer.kind === 'refused' ? undefined : answer
        },
        signal,
      )

    const snapshot = (folder: ObjectFolder, id: string): Promise<boolean> => ask(folder, id, { depth: 1 })

    const sinceWhatIsHere = (folder: ObjectFolder, withoutFiles: boolean): Promise<boolean | 'too-large'> =>
      unlessTooLarge(
        ask(folder, commit, {
          haves: folder.tips().slice(-maxHaves),
          shallows: folder.shallows(),
          maxBytes: Math.min(maxBytes, maxHistoryBytes),
          withoutFiles,
        }),
      )

    const first = async (fresh: ObjectFolder): Promise<boolean> => {
      if (after !== undefined) {
        // Either the commit to follow is here now, or the server would not give it out and it may be in the history.
        await unlessTooLarge(snapshot(fresh, after))
        const came = await sinceWhatIsHere(fresh, true)
        if (came !== 'too-large') return came
      }
      return snapshot(fresh, commit)
    }

    const everything = async (fresh: ObjectFolder): Promise<boolean> => {
      const { ids } = await remote.refs(publicRefs, signal)
      const wants = [...new Set(publicTips(ids))]
      return wants.length > 0 && (await ask(fresh, commit, { wants }))
    }

    const wholeHistory = async (fresh: ObjectFolder): Promise<boolean> => {
      const limit = { maxBytes: Math.min(maxBytes, maxHistoryBytes) }
      const both = after === undefined ? undefined : ask(fresh, commit, { wants: [commit, after], ...limit })
      const came = both === undefined ? false : await unlessTooLarge(both)
      return came === false ? (await unlessTooLarge(ask(fresh, commit, limit))) === true : came === true
    }

    if (withHistory === 'all') return shelf.renew(wholeHistory)
    const current = withHistory ? undefined : shelf.current()
    if (isNews) {
      const came = current === undefined ? 'too-large' : await sinceWhatIsHere(current, false)
      return came === 'too-large' ? shelf.renew(first) : came
    }
    const alone = current === undefined ? shelf.renew(first) : snapshot(current, commit)
    return (await alone) || (await shelf.renew(everything))
  }
}

const tooLarge = ['INFLATED_TOO_LARGE', 'RESPONSE_TOO_LARGE', 'TOO_MANY_OBJECTS']

async function unlessTooLarge(asked: Promise<boolean>): Promise<boolean | 'too-large'> {
  try {
    return await asked
  } catch (thrown) {
    if (isMooringError(thrown) && tooLarge.includes(thrown.code)) return 'too-large'
    throw thrown
  }
}

/** Servers also advertise refs of their own, such as one for each pull request. */
export const publicRefs: readonly string[] = ['refs/heads/', 'refs/tags/']

function* publicTips(refs: ReadonlyMap<string, string>): Generator<string> {
  for (const [name, id] of refs) if (publicRefs.some((prefix) => name.startsWith(prefix))) yield id
}
