import type { GitSourceOptions } from './git-source-options.ts'
import type { Location } from './location.ts'
import { type Reach, reachFrom } from './reach.ts'

/** How places are reached that a repository leads to. Throws `INVALID_OPTION`, and `URL_NOT_ALLOWED` by the policy. */
export type ReachBeyond = (location: Location) => Reach

/**
 * At the origin of the repository: as the repository is. Anywhere else: as nobody, under the same policy, through the proxy
 * that leads there, and trusting the same authorities, which are no secret. No I/O.
 */
export function reachBeyond(
  options: Pick<GitSourceOptions, 'auth' | 'tls' | 'proxy' | 'ssh' | 'policy'>,
  home: Location,
): ReachBeyond {
  return (location) => {
    if (isSameOrigin(home, location)) return reachFrom(options, location)
    const { tls, proxy, policy } = options
    const isSecure = location.kind === 'http' && location.scheme === 'https'
    return reachFrom(
      {
        ...(policy && { policy }),
        ...(proxy && location.kind === 'http' && { proxy }),
        ...(tls?.ca && isSecure && { tls: { ca: tls.ca } }),
      },
      location,
    )
  }
}

/** Whether whoever is trusted with the credentials of one is the one who gets those of the other. */
export function isSameOrigin(one: Location, other: Location): boolean {
  const origin = originOf(one)
  return origin !== undefined && origin === originOf(other)
}

function originOf(location: Location): string | undefined {
  switch (location.kind) {
    case 'local':
      return undefined
    case 'http':
      return new URL(location.url).origin
    case 'ssh':
      return `ssh://${location.user}@${location.host.toLowerCase()}:${location.port}`
    default:
      return location satisfies never
  }
}
