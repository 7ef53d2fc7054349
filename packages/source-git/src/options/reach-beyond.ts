import type { GitSourceOptions } from './git-source-options.ts'
import type { Location } from './location.ts'
import { type Reach, reachFrom } from './reach.ts'

/** By which way, and as whom: what a source was given of it. */
export type Way = Pick<GitSourceOptions, 'auth' | 'tls' | 'proxy' | 'ssh' | 'policy'>

/** How places are reached that a repository leads to. Throws `INVALID_OPTION`, and `URL_NOT_ALLOWED` by the policy. */
export type ReachBeyond = (location: Location) => Reach

/** The reach of {@link wayBeyond}. */
export const reachBeyond =
  (way: Way, home: Location): ReachBeyond =>
  (location) =>
    reachFrom(wayBeyond(way, home, location), location)

/**
 * At the origin of home: the same way. Anywhere else: as nobody, under the same policy, through the proxy that leads there,
 * and trusting the same authorities, which are no secret.
 */
export function wayBeyond(way: Way, home: Location, location: Location): Way {
  const { auth, tls, proxy, ssh, policy } = way
  if (isSameOrigin(home, location)) {
    return {
      ...(auth && { auth }),
      ...(tls && { tls }),
      ...(proxy && { proxy }),
      ...(ssh && { ssh }),
      ...(policy && { policy }),
    }
  }
  const isSecure = location.kind === 'http' && location.scheme === 'https'
  return {
    ...(policy && { policy }),
    ...(proxy && location.kind === 'http' && { proxy }),
    ...(tls?.ca && isSecure && { tls: { ca: tls.ca } }),
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
