import { MooringError } from '@mooring/core'
import { invalidOption } from './invalid-option.ts'
import type { Location } from './location.ts'
import { type Networks, networks } from './networks.ts'
import { isPublicAddress } from './public-address.ts'

/** A way to reach a repository. */
export type GitScheme = 'https' | 'ssh' | 'http'

/**
 * Where a URL may lead that came from somebody else than whoever runs this program. Repositories of this machine are out
 * of the question.
 */
export interface GitPolicy {
  /** Default `['https', 'ssh']`: nothing that can be listened to. */
  readonly schemes?: readonly GitScheme[]
  /** Names of hosts; `*.example.com` stands for everything below it. Default: any. */
  readonly hosts?: readonly string[]
  /**
   * Default `public`: an address of this machine, of a private network, of a metadata service or a reserved one is not
   * connected to, whatever name leads there and whenever it began to. `any`: all are.
   */
  readonly addresses?: 'public' | 'any'
  /** Networks that are connected to although they are not public, such as `10.20.0.0/16`. Default: none. */
  readonly alsoAddresses?: readonly string[]
}

/** A policy, checked. */
export interface Policy {
  /** Throws `URL_NOT_ALLOWED` for what may not even be asked. */
  readonly admit: (location: Location) => void
  /** Whether an address may be connected to. Undefined: all may. */
  readonly mayConnect: ((address: string) => boolean) | undefined
  /** The same for policies that say the same. */
  readonly key: string
}

/** Checks a policy; `untrusted` is one with every default. Throws `INVALID_OPTION`. */
export function policyFrom(given: GitPolicy | 'untrusted'): Policy {
  const policy: GitPolicy = given === 'untrusted' ? {} : given
  checkNames(policy)
  const schemes = policy.schemes ?? ['https', 'ssh']
  if (schemes.some((scheme) => !['https', 'ssh', 'http'].includes(scheme))) {
    throw invalidOption('policy.schemes', 'a list of https, ssh and http')
  }
  const hosts = policy.hosts?.map((host) => hostPattern(host, 'policy.hosts'))
  return {
    admit: (location) => {
      if (location.kind === 'local') throw urlNotAllowed('a repository of this machine', 'another machine')
      if (!schemes.includes(location.scheme))
        throw urlNotAllowed(`the scheme ${location.scheme}`, schemes.join(' or '))
      const host = location.host.toLowerCase().replace(/\.$/, '')
      if (hosts?.some((isMatch) => isMatch(host)) === false)
        throw urlNotAllowed(`host ${host}`, 'one of policy.hosts')
    },
    mayConnect: addressesOf(policy),
    key: JSON.stringify(policy),
  }
}

const names: readonly string[] = ['schemes', 'hosts', 'addresses', 'alsoAddresses']

/** A rule that is misspelt would be none. */
function checkNames(policy: GitPolicy): void {
  if (typeof policy !== 'object' || policy === null)
    throw invalidOption('policy', `'untrusted' or an object of ${names.join(', ')}`)
  const other = Object.keys(policy).find((name) => !names.includes(name))
  if (other !== undefined)
    throw invalidOption('policy', `an object of ${names.join(', ')}`, `it has ${other}`)
  for (const [name, value] of Object.entries(policy)) {
    if (name !== 'addresses' && value !== undefined && !Array.isArray(value))
      throw invalidOption(`policy.${name}`, 'a list of texts')
  }
}

function addressesOf({ addresses = 'public', alsoAddresses }: GitPolicy): Policy['mayConnect'] {
  if (addresses === 'any') return undefined
  if (addresses !== 'public') throw invalidOption('policy.addresses', 'public or any')
  const also: Networks | undefined = networks(alsoAddresses ?? [])
  if (also === undefined)
    throw invalidOption('policy.alsoAddresses', 'a list of networks such as 10.20.0.0/16')
  return (address) => isPublicAddress(address) || also.contain(address)
}

/** Whether a host, in lower case, is meant. */
export type HostPattern = (host: string) => boolean

/** Checks the name of a host, or `*.` and a name for everything below it. Throws `INVALID_OPTION`. */
export function hostPattern(pattern: string, option: string): HostPattern {
  const name = typeof pattern === 'string' ? pattern.toLowerCase().replace(/\.$/, '') : ''
  if (!/^(\*\.)?[a-z0-9_[:][a-z0-9_.:\]-]*$/.test(name)) {
    throw invalidOption(option, 'a list of names such as git.example.com or *.example.com')
  }
  if (!name.startsWith('*.')) return (host) => host === name
  return (host) => host.endsWith(name.slice(1)) && host.length > name.length - 1
}

/** The error of a URL that leads where it may not. */
export const urlNotAllowed = (found: string, expected: string): MooringError =>
  new MooringError({
    code: 'URL_NOT_ALLOWED',
    kind: 'permanent',
    message: `Expected a URL to lead to ${expected}, found ${found}`,
    hint: 'This is what the policy of this source says. Use another URL, or have the policy changed by whoever runs this program.',
  })

/** The error of a host that leads where the policy does not. The address itself is nobody's business. */
export const addressNotAllowed = (host: string): MooringError =>
  new MooringError({
    code: 'ADDRESS_NOT_ALLOWED',
    kind: 'permanent',
    message: `Expected host ${host} to lead to public addresses, found one that the policy of this source does not allow`,
    hint: 'Use the public name of the server, or list its network in policy.alsoAddresses.',
  })
