import { type LookupAddress, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { addressNotAllowed, type Policy } from '../options/git-policy.ts'

/** Turns the name of a host into addresses, all of them: `dns.lookup` with `all`. */
export type Resolve = (
  host: string,
  options: { readonly all: true; readonly family?: number | 'IPv4' | 'IPv6'; readonly hints?: number },
  answer: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

const system: Resolve = (host, options, answer) => lookup(host, options, answer)

/**
 * A lookup for connections that gives an address only when the policy allows it. What it gives is what is connected to: there
 * is no second lookup that could say something else. One address that is not allowed spoils all: a public name that leads
 * into a private network is a mistake or an attack.
 *
 * Fails with `ADDRESS_NOT_ALLOWED`.
 */
export function guardedLookup(
  mayConnect: NonNullable<Policy['mayConnect']>,
  resolve: Resolve = system,
): LookupFunction {
  return (host, options, callback) => {
    const { family, hints } = options
    const asked = { all: true, ...(family && { family }), ...(hints && { hints }) } as const
    resolve(host, asked, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null) return callback(error, '', 0)
      if (first === undefined || !addresses.every(({ address }) => mayConnect(address))) {
        return callback(addressNotAllowed(host), '', 0)
      }
      if (options.all === true) return callback(null, [...addresses])
      return callback(null, first.address, first.family)
    })
  }
}

/** Addresses are not looked up, so they are checked by themselves. Throws `ADDRESS_NOT_ALLOWED`. */
export function refuseAddress(host: string, mayConnect: Policy['mayConnect']): void {
  if (isIP(host) !== 0 && mayConnect?.(host) === false) throw addressNotAllowed(host)
}

/** One address that a host may be connected to by. Throws `ADDRESS_NOT_ALLOWED`, and what looking up does. */
export function checkedAddress(
  host: string,
  mayConnect: NonNullable<Policy['mayConnect']>,
  resolve?: Resolve,
): Promise<string> {
  return new Promise((done, reject) => {
    if (isIP(host) !== 0) {
      refuseAddress(host, mayConnect)
      done(host)
      return
    }
    guardedLookup(mayConnect, resolve)(host, { all: false }, (error, address) => {
      if (error === null && typeof address === 'string') done(address)
      else reject(error ?? new Error(`${host} leads nowhere`))
    })
  })
}
