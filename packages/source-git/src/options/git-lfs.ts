import { checkCredentials, type GitAuth, type GitAuthProvider } from './git-auth.ts'
import { type HostPattern, hostPattern, policyFrom, urlNotAllowed } from './git-policy.ts'
import { invalidOption } from './invalid-option.ts'
import { wholeNumber } from './limits.ts'
import { type HttpLocation, type Location, locate } from './location.ts'
import type { Reach } from './reach.ts'
import { isSameOrigin, type ReachBeyond, reachBeyond, type Way } from './reach-beyond.ts'

/** How files of Git LFS are read. */
export interface GitLfs {
  /**
   * Where the LFS server is. Default: where Git LFS looks, the address of the repository with `.git/info/lfs`. Has to be
   * given for repositories behind SSH and of this machine. A `.lfsconfig` in the repository is not followed: whoever can
   * push would choose who gets the credentials.
   */
  readonly url?: string
  /** What to show to the LFS server. Default: the `auth` of the repository if it has the same origin, otherwise nothing. */
  readonly auth?: GitAuth | GitAuthProvider
  /**
   * Hosts that content may be downloaded from, by names as in a policy, wherever on the network they are. Default none:
   * the LFS server, and others only by `https://` at public addresses.
   */
  readonly hosts?: readonly string[]
  /** The most files that one snapshot downloads. Default 10,000: more are `LFS_TOO_LARGE`. */
  readonly maxFiles?: number
  /** The most bytes that one snapshot downloads. Default 1 GiB: more are `LFS_TOO_LARGE`. */
  readonly maxBytes?: number
}

/** Checked, with every default filled in. */
export interface LfsSettings {
  readonly server: HttpLocation
  readonly reach: Reach
  /** How content is reached that the LFS server says is at this place. Throws `URL_NOT_ALLOWED` by the policy. */
  readonly reachContent: (location: HttpLocation) => Reach
  readonly maxFiles: number
  readonly maxBytes: number
}

/** Checks how LFS is to be read. Throws `INVALID_OPTION`, and `URL_NOT_ALLOWED` by the policy. */
export function lfsSettings(given: GitLfs | true, way: Way, home: Location): LfsSettings {
  const lfs = given === true ? {} : given
  if (typeof lfs !== 'object' || lfs === null) throw invalidOption('lfs', 'true or an object of options')
  const server = serverOf(lfs, home)
  if (lfs.auth !== undefined && typeof lfs.auth !== 'function') checkCredentials(lfs.auth)
  const beyond = reachBeyond(way, home)
  const reach = beyond(server)
  const hosts = (lfs.hosts ?? []).map((host) => hostPattern(host, 'lfs.hosts'))
  return {
    server,
    reach: lfs.auth === undefined ? reach : { ...reach, auth: lfs.auth },
    reachContent: (location) => contentReach(location, { server, reach, beyond, hosts }),
    maxFiles: wholeNumber('lfs.maxFiles', lfs.maxFiles, 10_000),
    maxBytes: wholeNumber('lfs.maxBytes', lfs.maxBytes, 1024 ** 3),
  }
}

interface ContentWay {
  readonly server: HttpLocation
  readonly reach: Reach
  readonly beyond: ReachBeyond
  readonly hosts: readonly HostPattern[]
}

/**
 * Never with credentials: what a download needs stands in what the server said of it. A server says freely where to ask, so
 * elsewhere nothing is asked in the clear, and no machine of the network around this one unless it is named.
 */
function contentReach(location: HttpLocation, { server, reach, beyond, hosts }: ContentWay): Reach {
  if (isSameOrigin(server, location)) return withoutAuth(reach)
  if (location.scheme !== 'https') throw urlNotAllowed('the scheme http', 'https, or the LFS server itself')
  const way = withoutAuth(beyond(location))
  const isNamed = hosts.some((isMatch) => isMatch(location.host.toLowerCase()))
  return way.policy !== undefined || isNamed ? way : { ...way, policy: policyFrom('untrusted') }
}

const withoutAuth = ({ auth: _, ...way }: Reach): Reach => way

function serverOf({ url }: GitLfs, home: Location): HttpLocation {
  if (url !== undefined) {
    const location = locate(url)
    if (location.kind === 'http') return location
    throw invalidOption('lfs.url', 'the https:// or http:// URL of an LFS server')
  }
  if (home.kind === 'http') return lfsBeside(home)
  throw invalidOption(
    'lfs',
    'given with the url of an LFS server where the repository is not behind HTTP',
    'it has none',
    'Git LFS over SSH is not supported: give lfs: { url: "https://…/info/lfs", auth }, or read the repository over https.',
  )
}

/** Where Git LFS looks for the server of a repository (git-lfs, docs/api/server-discovery.md). */
function lfsBeside(home: HttpLocation): HttpLocation {
  return { ...home, url: `${home.url.replace(/\.git$/, '')}.git/info/lfs` }
}
