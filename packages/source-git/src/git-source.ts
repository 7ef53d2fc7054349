import { MooringError, type Revision, type Snapshot, type Source } from '@mooring/core'
import { type IgnoreRules, ignoredSnapshot, ignoreFileName } from './ignore/ignored-snapshot.ts'
import { lfsObjects } from './lfs/lfs-objects.ts'
import { type GitSource, meteredSource } from './metered-source.ts'
import { readCommit, revisionOf } from './objects/commit.ts'
import { damaged } from './objects/object-reader.ts'
import type { GitRef } from './options/git-ref.ts'
import type { GitSourceOptions } from './options/git-source-options.ts'
import { type Settings, settingsFrom } from './options/settings.ts'
import { isFullId } from './pack/object-format.ts'
import { disposed } from './repository/disposed.ts'
import { fullNameOf, labelOf } from './repository/ref-lookup.ts'
import { refNotFound } from './repository/ref-not-found.ts'
import type { Repository } from './repository/repository.ts'
import { repositoryOf } from './repository/repository-of.ts'
import { sumOf } from './repository/traffic.ts'
import { resolveMoving, type UseCommit } from './resolve-moving.ts'
import { distrustAfter, gitSnapshot, type SnapshotParts } from './snapshot/git-snapshot.ts'
import { type Submodules, submodules } from './submodules/submodules.ts'
import { judgeRevision } from './trust/judge-revision.ts'
import { historyWatch } from './trust/moved.ts'
import { revisionTrust } from './trust/revision-trust.ts'

/**
 * A source over a Git repository, behind HTTP or SSH or on this machine. Makes no request and touches no disk before it is
 * asked something.
 *
 * - Nothing new: `resolve` is one request, and reads no content. Something new: it is downloaded right away, because
 *   whether it follows the revision before can only be told from history. `open` then finds it there.
 * - `diverged` is what does not follow, what cannot be shown to follow (history that the server does not give out, or
 *   more of it than is worth downloading), and every moved tag.
 * - Only verified content: every object is compared with its id, and a revision is given out when all of it is there.
 * - Sources of one address, with the same credentials and limits, share connections and downloads.
 * - Where signatures are asked for, every revision says what is known of its own.
 * - A download that fails leaves what was there before, readable.
 * - Files of Git LFS and submodules are read where `lfs` and `submodules` say so, and are errors that say so otherwise.
 *
 * Throws `INVALID_OPTION`, and `URL_NOT_ALLOWED` by its policy. Its methods throw `ADDRESS_NOT_ALLOWED`,
 * `AUTHENTICATION_FAILED`, `CACHE_NOT_WRITABLE`, `CERTIFICATE_NOT_TRUSTED`, `DELTA_TOO_DEEP`, `EMPTY_REPOSITORY`,
 * `GIT_DIVERGED`, `GIT_OBJECT_TOO_LARGE`, `GIT_PROTOCOL_ERROR`, `GIT_REDIRECTED`, `GIT_TAG_MOVED`, `HOST_KEY_CHANGED`,
 * `HOST_KEY_UNKNOWN`, `INFLATED_TOO_LARGE`, `OPENPGP_MISSING`, `PROXY_REFUSED`, `RATE_LIMITED`, `REF_NOT_FOUND`,
 * `REPOSITORY_CORRUPT`, `REPOSITORY_NOT_FOUND`, `REPOSITORY_UNREACHABLE`, `REPOSITORY_UNSUPPORTED`,
 * `RESPONSE_TOO_LARGE`, `REVISION_GONE`, `SOURCE_DISPOSED`, `SSH_NOT_AVAILABLE` and `TOO_MANY_OBJECTS`; its snapshots what
 * {@link gitSnapshot} says.
 *
 * @example
 * ```ts
 * const source = gitSource({
 *   url: 'https://git.example.com/team/env.git',
 *   ref: { branch: 'main' },
 *   auth: async () => ({ token: await readToken() }),
 * })
 * ```
 */
export function gitSource(options: GitSourceOptions): GitSource {
  const settings = settingsFrom(options)
  const repository = repositoryOf(settings)
  const lfs = settings.lfs && lfsObjects(settings.lfs, { timeoutMs: settings.timeoutMs, ...settings.limits })
  const nested = settings.submodules && submodules(settings, settings.submodules)
  const place = placeOf(settings)
  const label = nameOf(settings.ref)
  let isDisposed = false
  const tried = new Set<string>()
  const trust = settings.verify && revisionTrust(settings.verify, place)
  const history = historyWatch(settings.history, settings.ref, place)
  let pinned: Revision | undefined

  const use: UseCommit = async (id, how, work) => {
    if (isDisposed) throw disposed(place)
    if (!isFullId(id)) return undefined
    const holding = await repository.obtain(id, how)
    if (holding === undefined) return undefined
    try {
      const commit = await readCommit(holding.reader, id, place)
      if (commit === undefined) throw damaged(place, id, 'missing')
      return await work(commit, holding)
    } catch (thrown) {
      distrustAfter(thrown, holding)
      await holding.release()
      throw thrown
    }
  }

  const read = async (id: string, signal: AbortSignal): Promise<Revision | undefined> => {
    const revision = await use(id, { signal, isNews: false }, async (commit, holding) => {
      await holding.release()
      return revisionOf(commit, label)
    })
    if (revision === undefined || trust === undefined) return revision
    const verification = trust.known(id)
    if (verification !== undefined) return { ...revision, verification }
    const tip = await tipOf(settings, repository, signal)
    const how = { revision, tip: tip?.commit === id ? tip : undefined, isNews: false }
    return judgeRevision({ use, trust, tried }, how, signal)
  }

  const resolvePinned = async (id: string, since: string | undefined, signal: AbortSignal) => {
    pinned ??= await read(id, signal)
    if (pinned === undefined) throw refNotFound(settings.ref, place, undefined)
    if (since === id) return { kind: 'same', revision: pinned } as const
    return { kind: since === undefined ? 'forward' : 'diverged', revision: pinned } as const
  }

  const source: Source = {
    name: settings.name,
    pollMs: settings.pollMs,

    resolve: async ({ since, signal }) => {
      signal.throwIfAborted()
      if (isDisposed) throw disposed(place)
      const { ref } = settings
      if ('commit' in ref) return resolvePinned(ref.commit, since?.id, signal)
      return resolveMoving({ repository, use, ref, place, history, trust, tried }, since, signal)
    },

    find: async (id, { signal }) => {
      signal.throwIfAborted()
      const found = await read(id, signal)
      if (found === undefined) throw gone(place, id)
      return found
    },

    open: async (revision, { signal }) => {
      signal.throwIfAborted()
      const { limits } = settings
      const opened = await use(revision.id, { signal, isNews: false }, async ({ tree }, holding) =>
        snapshotOf({ revision, tree, holding, place, limits, lfs: lfs?.reader() }, settings.ignore, nested),
      )
      if (opened === undefined) throw gone(place, revision.id)
      return opened
    },

    [Symbol.asyncDispose]: async () => {
      isDisposed = true
      await Promise.all([lfs?.close(), nested?.dispose()])
      await repository.dispose()
    },
  }
  return meteredSource(source, () =>
    sumOf([repository.traffic(), ...[lfs, nested].flatMap((one) => one?.traffic() ?? [])]),
  )
}

/** Which tag leads to what now, where signatures of tags are asked for: a commit that is found by its id does not tell. */
async function tipOf(settings: Settings, repository: Repository, signal: AbortSignal) {
  const { verify, ref } = settings
  return verify?.mode === 'tag' || verify?.mode === 'both' ? repository.tip(ref, signal) : undefined
}

function snapshotOf(parts: SnapshotParts, rules: IgnoreRules, nested: Submodules | undefined): Snapshot {
  const noted = new Set<string>()
  const onFolder = (path: string, names: ReadonlyMap<string, unknown>): void => {
    if (names.has(ignoreFileName)) noted.add(path)
  }
  const snapshot = gitSnapshot({ ...parts, onFolder })
  return ignoredSnapshot(nested?.in(snapshot, onFolder) ?? snapshot, rules, noted)
}

const placeOf = ({ location }: Settings): string =>
  location.kind === 'local' ? location.folder : location.url

/** What a recorded revision is called when it is found again; of a range it is not known which tag led to it. */
function nameOf(ref: GitRef): string | undefined {
  const name = fullNameOf(ref)
  return name && labelOf(ref, name)
}

const gone = (place: string, id: string): MooringError =>
  new MooringError({
    code: 'REVISION_GONE',
    kind: 'permanent',
    message: `Expected commit ${isFullId(id) ? id : 'ids of 40 or 64 hexadecimal digits'} in ${place}, found none`,
    hint: 'Its branch was rewritten, or the server does not give it out by its id. Choose a newer revision.',
  })
