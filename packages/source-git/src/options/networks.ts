import { BlockList, isIP } from 'node:net'

/** A set of networks. */
export interface Networks {
  readonly contain: (address: string) => boolean
}

/** Networks in CIDR form, or single addresses. Undefined when one of them is neither. */
export function networks(list: readonly string[]): Networks | undefined {
  const blocks = new BlockList()
  for (const entry of list) {
    const [address = '', bits] = typeof entry === 'string' ? entry.split('/') : []
    const family = isIP(address)
    const longest = family === 6 ? 128 : 32
    const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
    if (family === 0 || prefix < 0 || prefix > longest) return undefined
    blocks.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
  }
  return {
    contain: (address) => {
      const family = isIP(address)
      return family !== 0 && blocks.check(address, family === 6 ? 'ipv6' : 'ipv4')
    },
  }
}
