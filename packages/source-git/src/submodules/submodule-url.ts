import { isMooringError } from '@mooring/core'
import type { HostPattern } from '../options/git-policy.ts'
import { type Location, locate } from '../options/location.ts'
import { isSameOrigin } from '../options/reach-beyond.ts'

/**
 * Where the URL of a submodule leads, or why it is not followed: only to HTTP(S), or to SSH as the same user of the same
 * server; only to the host of its parent, or to one that is named; never from TLS to the clear, and never to this machine.
 */
export function submoduleLocation(
  url: string,
  parent: Location,
  hosts: readonly HostPattern[],
): Location | { readonly refused: string } {
  const absolute = /^\.{1,2}(\/|$)/.test(url) ? besideParent(url, parent) : url
  if (absolute === undefined) return { refused: 'a relative URL that leads out of the place of its parent' }
  try {
    const location = locate(absolute)
    const why = whyNot(location, parent, hosts)
    return why === undefined ? location : { refused: why }
  } catch (thrown) {
    if (!isMooringError(thrown)) throw thrown
    return { refused: `a URL that cannot be: ${thrown.message.replace(/^.*, but /, '')}` }
  }
}

/**
 * A relative URL as Git resolves it: each `../` takes one name off the URL of the parent, of which the repository itself is the
 * first. Git would go on to take the host off; here that is the end. Undefined where it leads out.
 */
function besideParent(url: string, parent: Location): string | undefined {
  if (parent.kind === 'local') return undefined
  const [, origin = '', path = ''] = /^([a-z]+:\/\/[^/]*)\/?(.*)$/i.exec(parent.url) ?? []
  const names = path.split('/').filter((name) => name !== '')
  const first = names[0]?.startsWith('~') === true ? 1 : 0
  let rest = url
  for (let step = /^(\.{1,2})(?:\/+|$)/.exec(rest); step !== null; step = /^(\.{1,2})(?:\/+|$)/.exec(rest)) {
    rest = rest.slice(step[0].length)
    if (step[1] === '.') continue
    if (names.length <= first) return undefined
    names.pop()
  }
  const below = rest.replace(/\/+$/, '').split('/')
  if (below.some(isStep) || below.includes('') || names.length + below.length <= first) return undefined
  return `${origin}/${[...names, ...below].join('/')}`
}

/** A name that a URL would take for a step, in any spelling, or that holds one. */
const isStep = (name: string): boolean => /^(\.|%2e){1,2}$/i.test(name) || /\\|%2f|%5c/i.test(name)

function whyNot(location: Location, parent: Location, hosts: readonly HostPattern[]): string | undefined {
  if (location.kind === 'local') return 'a repository of this machine'
  if (isSameOrigin(location, parent)) return undefined
  if (location.kind === 'ssh') return 'a URL for SSH that is not of the server and user of its parent'
  const isClear = location.scheme === 'http' && !(parent.kind === 'http' && parent.scheme === 'http')
  if (isClear) return 'a URL for http://'
  const host = location.host.toLowerCase()
  const isBeside =
    parent.kind !== 'local' && host === parent.host.toLowerCase() && new URL(location.url).port === ''
  if (isBeside || hosts.some((isMatch) => isMatch(host))) return undefined
  return `a URL to ${new URL(location.url).host}, which is neither the host of its parent nor one of submodules.hosts`
}
