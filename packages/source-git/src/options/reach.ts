import { checkCredentials, type GitAuth, type GitAuthProvider } from './git-auth.ts'
import { type Policy, policyFrom } from './git-policy.ts'
import { type ProxyServer, proxyTo } from './git-proxy.ts'
import type { GitSourceOptions } from './git-source-options.ts'
import { checkSsh, type GitSsh } from './git-ssh.ts'
import { checkTls, type GitTls } from './git-tls.ts'
import { invalidOption } from './invalid-option.ts'
import type { Location } from './location.ts'

/** By which way, and as whom, a repository is reached. Checked. */
export interface Reach {
  readonly auth?: GitAuth | GitAuthProvider
  readonly tls?: GitTls
  readonly proxy?: ProxyServer
  readonly ssh?: GitSsh
  readonly policy?: Policy
}

type ReachOptions = Pick<GitSourceOptions, 'auth' | 'tls' | 'proxy' | 'ssh' | 'policy'>

/** Checks how a repository is to be reached. Throws `INVALID_OPTION`, and `URL_NOT_ALLOWED` by the policy. */
export function reachFrom(options: ReachOptions, location: Location): Reach {
  const policy = options.policy === undefined ? undefined : policyFrom(options.policy)
  policy?.admit(location)
  switch (location.kind) {
    case 'local':
      refuse(options, ['auth', 'tls', 'proxy', 'ssh'], 'a repository of this machine needs none')
      return {}
    case 'ssh':
      refuse(options, ['auth', 'tls', 'proxy'], 'it is for HTTP, and the URL is for SSH')
      return { ssh: checkSsh(options.ssh), ...(policy && { policy }) }
    case 'http': {
      refuse(options, ['ssh'], 'it is for SSH, and the URL is for HTTP')
      const { auth, tls } = options
      if (auth !== undefined && typeof auth !== 'function') checkCredentials(auth)
      if (tls !== undefined) checkTls(tls, location.url)
      const proxy = proxyTo(location.url, options.proxy)
      // A proxy is told the name and looks it up itself, where nobody checks what it finds.
      if (proxy !== undefined && location.scheme === 'http' && policy?.mayConnect !== undefined) {
        throw invalidOption('proxy', 'left out for http:// URLs under a policy of addresses')
      }
      return {
        ...(auth && { auth }),
        ...(tls && { tls }),
        ...(proxy && { proxy }),
        ...(policy && { policy }),
      }
    }
    default:
      return location satisfies never
  }
}

function refuse(options: ReachOptions, names: readonly (keyof ReachOptions)[], why: string): void {
  const given = names.find((name) => options[name] !== undefined)
  if (given !== undefined) throw invalidOption(given, `left out, because ${why}`)
}
