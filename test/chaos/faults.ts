import type { FaultProxy } from '../../tools/fault-proxy/index.ts'
import type { Random } from '../crash/random.ts'

/** Brings a fault upon a proxy, on top of what is in force, and gives its name. */
export async function inflict(proxy: FaultProxy, random: Random): Promise<FaultName> {
  const name = random.pick(faultNames)
  switch (name) {
    case 'latency':
      proxy.latency(20 + random.below(400))
      break
    case 'bandwidth':
      proxy.bandwidth(2_000 + random.below(100_000))
      break
    case 'swallow':
      proxy.swallow(...random.pick([['up'], ['down'], ['up', 'down']] as const))
      break
    case 'cutAfter':
      proxy.cutAfter({ [random.pick(['up', 'down'] as const)]: random.below(6_000) })
      break
    case 'refuse':
      await proxy.refuse()
      // Without it those who are connected would notice nothing.
      if (random.below(2) === 0) proxy.reset()
      break
    case 'reset':
      proxy.reset()
      break
    case 'restore':
      await proxy.restore()
      break
    default:
      return name satisfies never
  }
  return name
}

const faultNames = ['latency', 'bandwidth', 'swallow', 'cutAfter', 'refuse', 'reset', 'restore'] as const

type FaultName = (typeof faultNames)[number]
