import type { GitLfs } from './git-lfs.ts'
import { type HostPattern, hostPattern } from './git-policy.ts'
import { invalidOption } from './invalid-option.ts'
import { wholeNumber } from './limits.ts'
import type { Way } from './reach-beyond.ts'

/** Which submodules are read. */
export interface GitSubmodules {
  /**
   * Hosts beside that of the repository, as names or `*.example.com`, whose repositories may be read, without credentials.
   * Default none. A `policy` of the source holds in any case.
   */
  readonly hosts?: readonly string[]
  /** How many may stand in each other. Default 5: what is deeper is `TOO_MANY_SUBMODULES`. */
  readonly maxDepth?: number
  /** The most that one snapshot reads, those in others included. Default 100: more are `TOO_MANY_SUBMODULES`. */
  readonly maxCount?: number
}

/** Checked, with every default filled in. */
export interface SubmoduleSettings {
  readonly hosts: readonly HostPattern[]
  readonly maxDepth: number
  readonly maxCount: number
  /** How the repository itself is reached. */
  readonly way: Way
  /** Undefined: files of LFS are not read in submodules either. */
  readonly lfs: Omit<GitLfs, 'url' | 'auth'> | undefined
}

/** Checks which submodules are to be read. Throws `INVALID_OPTION`. */
export function submoduleSettings(
  given: GitSubmodules | true,
  { lfs, ...way }: Way & { readonly lfs?: boolean | GitLfs },
): SubmoduleSettings {
  const submodules = given === true ? {} : given
  if (typeof submodules !== 'object' || submodules === null) {
    throw invalidOption('submodules', 'true or an object of options')
  }
  return {
    hosts: (submodules.hosts ?? []).map((host) => hostPattern(host, 'submodules.hosts')),
    maxDepth: wholeNumber('submodules.maxDepth', submodules.maxDepth, 5, 100),
    maxCount: wholeNumber('submodules.maxCount', submodules.maxCount, 100),
    way,
    lfs: lfs ? sharedLfs(lfs) : undefined,
  }
}

/** Where the LFS server is, and as whom it is asked, is of one repository. */
function sharedLfs(lfs: GitLfs | true): Omit<GitLfs, 'url' | 'auth'> {
  if (lfs === true) return {}
  const { url: _, auth: __, ...limits } = lfs
  return limits
}
