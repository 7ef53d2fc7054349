import { isIP } from 'node:net'
import { networks } from './networks.ts'

/**
 * Whether an address belongs to the public internet: not this machine, not the network beside it, no metadata service of
 * a cloud, nothing reserved. IPv6 addresses that stand for an IPv4 address (`::ffff:…`, and NAT64's `64:ff9b::…`) are
 * what that one is. By IANA's special-purpose registries (RFC 6890), and the address that Azure serves virtual machines
 * from, which looks public.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !closed4.contain(address)
  if (family !== 6 || address.includes('%')) return false
  const inner = embedded(address)
  if (inner !== undefined) return !closed4.contain(inner)
  return global6.contain(address) && !closed6.contain(address)
}

const none = { contain: () => false }
const closed4 =
  networks([
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '168.63.129.16',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/3',
  ]) ?? none
const global6 = networks(['2000::/3']) ?? none
/** Within what is global: Teredo and its like, documentation, 6to4. */
const closed6 = networks(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']) ?? none

/** The IPv4 address within an IPv6 one. The parser of URLs brings every spelling into one form. */
function embedded(address: string): string | undefined {
  const canonical = URL.parse(`http://[${address}]`)?.hostname ?? ''
  const [, high = '', low = ''] =
    /^\[(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(canonical) ?? []
  if (high === '') return /^\[64:ff9b::[0-9a-f]{0,4}\]$/.test(canonical) ? '0.0.0.0' : undefined
  return [high, low]
    .map((part) => Number.parseInt(part, 16))
    .flatMap((part) => [part >> 8, part & 255])
    .join('.')
}
