import type { GitRef } from './git-ref.ts'
import type { GitHistory, GitVerify } from './git-trust.ts'

/**
 * What to show to the server.
 * - `token`: a personal, project or installation token. Sent as the password of user `x-access-token`, which GitHub,
 *   GitLab, Gitea, Forgejo and Azure DevOps take. Where a server wants another user name, give both.
 * - `username` and `password`: sent as HTTP basic authentication.
 */
export type GitAuth = { readonly token: string } | { readonly username: string; readonly password: string }

/** How much of a repository is taken before it is refused. In bytes, unless said otherwise. */
export interface GitLimits {
  /** The longest answer of the server. Default 512 MiB: a longer one is `RESPONSE_TOO_LARGE`. */
  readonly maxResponseBytes?: number
  /** The largest file that is read. Default 16 MiB: a larger one is `FILE_TOO_LARGE`. Other files stay readable. */
  readonly maxFileBytes?: number
  /** The most objects (files, folders, commits) of one download. Default 2,000,000: more are `TOO_MANY_OBJECTS`. */
  readonly maxObjects?: number
  /** The most that one download may become when it is unpacked. Default 4 GiB: more is `INFLATED_TOO_LARGE`. */
  readonly maxInflatedBytes?: number
  /**
   * How much is kept on disk before what is not used any more is dropped. Default 2 GiB. What is in use may be more: one
   * snapshot is always kept.
   */
  readonly maxCacheBytes?: number
}

/** Options of `gitSource`. */
export interface GitSourceOptions {
  /**
   * `https://`, `http://`, or a repository of this machine, bare or with a working tree: a path or a `file://` URL.
   * Without credentials: they go to `auth`. Redirects are never followed.
   */
  readonly url: string
  /** Default `{ branch: 'main' }`. */
  readonly ref?: GitRef
  /**
   * Default none: only repositories everybody may read. A function is called before every request, so that tokens that
   * expire can be renewed; it must answer within `timeoutMs`. Over `http://` anybody on the way can read them. Not for
   * repositories of this machine.
   */
  readonly auth?: GitAuth | (() => Promise<GitAuth>)
  /** How often the engine asks for news, in milliseconds. Default 60000: a commit is noticed within a minute. */
  readonly pollMs?: number
  /** For people, in events and errors. Default: host and path of the URL. */
  readonly name?: string
  /**
   * What to leave out, in lines as of a `.gitignore` at the root: `['*', '!/apps/']` keeps one folder. Default none. What is
   * left out is not there for any application; see `ignoreFilter`.
   */
  readonly ignore?: readonly string[]
  /**
   * Whether files named `.sourceignore` in the repository are followed, in any folder, as Flux does. Default true. Flux's
   * list of what it leaves out anyway (pictures, archives, CI files) is not taken over.
   */
  readonly sourceIgnore?: boolean
  /** Default none: revisions say nothing of signatures. */
  readonly verify?: GitVerify
  /** Default `any`. */
  readonly history?: GitHistory
  /**
   * Folder in which this source makes a folder of its own for what it downloads. It is removed on disposal: a restart
   * costs one download of the newest snapshot. Default: the temporary folder of the system.
   */
  readonly cacheDirectory?: string
  /**
   * The longest one request may take, answer included, in milliseconds. Default 60000. The first request downloads a
   * whole snapshot: a large repository over a slow line needs more.
   */
  readonly timeoutMs?: number
  /** Default: see each. */
  readonly limits?: GitLimits
}
