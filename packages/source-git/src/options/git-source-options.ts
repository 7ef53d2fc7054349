import type { GitAuth, GitAuthProvider } from './git-auth.ts'
import type { GitLfs } from './git-lfs.ts'
import type { GitPolicy } from './git-policy.ts'
import type { GitProxy } from './git-proxy.ts'
import type { GitRef } from './git-ref.ts'
import type { GitSsh } from './git-ssh.ts'
import type { GitSubmodules } from './git-submodules.ts'
import type { GitTls } from './git-tls.ts'
import type { GitHistory, GitVerify } from './git-trust.ts'
import type { GitLimits } from './limits.ts'

/** Options of `gitSource`. */
export interface GitSourceOptions {
  /**
   * `https://`, `http://`, `ssh://` or `user@host:path`, or a repository of this machine, bare or with a working tree: a
   * path or a `file://` URL. Without credentials: they go to `auth` and `ssh`. Redirects are never followed.
   */
  readonly url: string
  /** Default `{ branch: 'main' }`. */
  readonly ref?: GitRef
  /**
   * Default none: only repositories everybody may read. A function is called before every request, so that tokens that
   * expire can be renewed, and once more when the server refuses what it gave; it must answer within `timeoutMs`. Over
   * `http://` anybody on the way can read them. Not for SSH, nor for repositories of this machine.
   */
  readonly auth?: GitAuth | GitAuthProvider
  /** Certificates, for `https://`. Default: the authorities that Node trusts, and none to show. */
  readonly tls?: GitTls
  /** Default: none, whatever the environment says; `proxyFromEnvironment(process.env)` goes by that. Not for SSH. */
  readonly proxy?: GitProxy
  /** How to reach `ssh://` URLs, for which it has to be given: servers prove who they are by keys that are known before. */
  readonly ssh?: GitSsh
  /**
   * Give this where `url` comes from somebody else, such as a tenant of a platform: `'untrusted'` refuses whatever is not
   * on the public internet, and {@link GitPolicy} says more. Default: the URL is yours, and may lead anywhere.
   */
  readonly policy?: GitPolicy | 'untrusted'
  /** How often the engine asks for news, in milliseconds. Default 60000: a commit is noticed within a minute. */
  readonly pollMs?: number
  /** For people, in events and errors. Default: host and path of the URL. */
  readonly name?: string
  /**
   * What to leave out, in lines as of a `.gitignore` at the root: `['/*', '!/apps/']` keeps one folder. Default none. What is
   * left out is not there for any application; see `ignoreFilter`.
   */
  readonly ignore?: readonly string[]
  /**
   * Whether files named `.sourceignore` in the repository are followed, in any folder, as Flux does. Default true. Flux's
   * list of what it leaves out anyway (pictures, archives, CI files) is not taken over.
   */
  readonly sourceIgnore?: boolean
  /**
   * Whether files that Git LFS keeps are read, through the server's batch API; each is compared with its SHA-256. Default
   * false: a file that stands in for one is `LFS_POINTER`, never content. Not over SSH, unless an LFS server is named.
   */
  readonly lfs?: boolean | GitLfs
  /**
   * Whether submodules are read, as folders: each from its own repository, at the commit that the revision names. Default
   * false: a path that is one is `SUBMODULE_NOT_SUPPORTED`. They have to be on the host of the repository, unless others
   * are named, and get its credentials at its origin alone.
   */
  readonly submodules?: boolean | GitSubmodules
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
