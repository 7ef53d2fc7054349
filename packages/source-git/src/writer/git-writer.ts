import { type Abortable, isMooringError, MooringError, type Snapshot } from '@mooring/core'
import type { GitSourceOptions } from '../options/git-source-options.ts'
import { invalidOption } from '../options/invalid-option.ts'
import { settingsFrom } from '../options/settings.ts'
import { isFullId } from '../pack/object-format.ts'
import { repositoryOf } from '../repository/repository-of.ts'
import { connectionsTo } from '../wire/connections-to.ts'
import { type Build, buildCommit } from './build-commit.ts'
import type { FileChanges } from './file-changes.ts'
import { hasArrived } from './has-arrived.ts'
import { headOf } from './head-of.ts'
import { type Person, personOf } from './new-commit.ts'
import { beforePush, push } from './push.ts'

/** Options of {@link gitWriter}: how to reach the repository, as for `gitSource`, and in whose name to write. */
export interface GitWriterOptions
  extends Pick<
    GitSourceOptions,
    'url' | 'auth' | 'tls' | 'proxy' | 'ssh' | 'policy' | 'timeoutMs' | 'cacheDirectory' | 'limits'
  > {
  /** Who writes. Stands in each commit as author, unless the commit names another one, and as committer. */
  readonly author: Person
  /** Default 5. How often a commit is made anew on top of what others have pushed meanwhile, before it gives up. */
  readonly attempts?: number
  /** Milliseconds since the epoch, for the time of commits. Default: the real time. */
  readonly now?: () => number
}

/** One commit to write. */
export interface CommitToWrite extends Abortable {
  /** Short name of the branch, which must exist unless `from` is given or the repository is empty. */
  readonly branch: string
  /** Short name of the branch that a new one begins at. */
  readonly from?: string
  /**
   * What changes, by path: new content, or null to delete. Or a function that tells, given what is there: it is asked again
   * each time that somebody else was faster.
   */
  readonly files: FileChanges | ((snapshot: Snapshot) => Promise<FileChanges>)
  readonly message: string
  readonly author?: Person
  /**
   * The commit that whoever wrote `files` had before them. A path that changes here and has changed since is
   * `GIT_WRITE_CONFLICT`. Default: the head of the branch when this is called.
   */
  readonly base?: string
}

/** What became of a commit. */
export interface Written {
  /** The head of the branch with these changes in it. */
  readonly id: string
  readonly branch: string
  /** False: the branch said so already, and nothing was written. */
  readonly changed: boolean
}

/** Writes to one repository. */
export interface GitWriter extends AsyncDisposable {
  readonly commit: (commit: CommitToWrite) => Promise<Written>
}

/**
 * Commits files to a branch of a repository behind HTTP or SSH, and pushes them over the same connections that sources read by: no
 * redirect is followed, no credentials go elsewhere, every request ends. Makes no request before it is asked.
 *
 * - The push names the head it builds on. Where somebody else was faster, the commit is made anew on top of theirs; nothing
 *   is ever forced, and no change of theirs is undone: where both changed one path, it is `GIT_WRITE_CONFLICT`.
 * - Changes that are there already make no commit.
 * - After a push whose answer was lost, it looks whether the commit arrived before it pushes again.
 *
 * Throws `INVALID_OPTION`. `commit` throws `GIT_COMMIT_INVALID`, `GIT_PUSH_REFUSED`, `GIT_WRITE_CONFLICT`, `REF_NOT_FOUND`, and what
 * reading does.
 *
 * @example
 * ```ts
 * const writer = gitWriter({ url, auth, author: { name: 'Mooring', email: 'mooring@example.com' } })
 * const { id } = await writer.commit({
 *   branch: 'main',
 *   files: { 'apps/shop/version.yaml': 'version: 1.4.2\n' },
 *   message: 'Roll out shop 1.4.2',
 *   signal,
 * })
 * ```
 */
export function gitWriter(options: GitWriterOptions): GitWriter {
  const { author, attempts = 5, now = Date.now, ...reading } = options
  const settings = settingsFrom(reading)
  const { location, reach, timeoutMs, limits } = settings
  if (location.kind === 'local') throw notBehindServer()
  const committer = personOf(author, 'author')
  if (!Number.isSafeInteger(attempts) || attempts < 1) {
    throw invalidOption('attempts', 'a whole number from 1', undefined, 'Correct it for gitWriter.')
  }
  const place = location.url
  const repository = repositoryOf(settings)
  const connections = connectionsTo({
    location,
    reach,
    timeoutMs,
    maxRequestsPerHost: limits.maxRequestsPerHost,
  })

  /** One commit on top of what the branch is now, pushed. */
  const attempt = async (commit: CommitToWrite, base: string | undefined, at: number): Promise<Attempt> => {
    const { signal, branch } = commit
    const server = await beforePush(connections, place, signal)
    const ref = `refs/heads/${branch}`
    const head = headOf(server.refs, commit, place)
    const build: Build = { repository, place, format: server.format, limits, committer, at }
    const built = await buildCommit(build, head, base, commit)
    if (built.id === head) return { kind: 'written', written: { id: head, branch, changed: false } }
    const written: Written = { id: built.id, branch, changed: true }
    let error: MooringError
    try {
      const before = server.refs.ids.get(ref)
      const refusal = await push(connections, place, { ...built, ref, before, server, signal })
      if (refusal === undefined) return { kind: 'written', written }
      error = refused(place, branch, refusal)
    } catch (thrown) {
      signal.throwIfAborted()
      if (!isMooringError(thrown) || thrown.kind !== 'transient') throw thrown
      error = thrown
    }
    // Nobody said whether it arrived; or a proxy on the way has sent it twice, and the second one was refused.
    const arrived = await hasArrived({ repository, connections, place }, ref, built.id, signal)
    return arrived ? { kind: 'written', written } : { kind: 'missed', head, error }
  }

  return {
    commit: async (commit) => {
      const { signal } = commit
      if (!(signal instanceof AbortSignal)) throw invalidCommit('signal', 'an AbortSignal')
      signal.throwIfAborted()
      const at = now()
      let { base } = commit
      if (base !== undefined && !isFullId(base)) throw invalidCommit('base', 'the whole id of a commit')
      let missed: Extract<Attempt, { kind: 'missed' }> | undefined
      for (let tries = 0; tries < attempts; tries++) {
        const result = await attempt(commit, base, at)
        if (result.kind === 'written') return result.written
        // Twice on the same head: nobody was faster, it is about the commit or the line.
        if (missed !== undefined && missed.head === result.head) throw result.error
        missed = result
        base ??= result.head
      }
      throw missed?.error ?? new RangeError('attempts')
    },
    [Symbol.asyncDispose]: async () => {
      await connections.close()
      await repository.dispose()
    },
  }
}

type Attempt =
  | { readonly kind: 'written'; readonly written: Written }
  | { readonly kind: 'missed'; readonly head: string | undefined; readonly error: MooringError }

const invalidCommit = (option: string, expected: string): MooringError =>
  invalidOption(option, expected, undefined, 'Correct what is given to `commit`.')

const refused = (place: string, branch: string, reason: string): MooringError =>
  new MooringError({
    code: 'GIT_PUSH_REFUSED',
    kind: 'permanent',
    message: `Expected ${place} to take a commit on ${branch}, found that it refuses: ${reason}`,
    hint: 'The reason is the server’s own: the branch may be protected, a hook may want something of a commit, or others are always faster.',
  })

const notBehindServer = (): MooringError =>
  invalidOption(
    'url',
    'one of a server',
    'it is of this machine',
    'Commit with git itself, or serve the repository.',
  )
