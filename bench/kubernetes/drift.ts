import type { BareClient, BareEvent } from './bare-client.ts'
import { type BenchObject, imageOf } from './content.ts'

/** A Deployment that somebody else writes to, and that is healed. */
export interface Drifts {
  /** Milliseconds from the intruder's answer to the heal, as a watch of our own shows it. */
  readonly heal: (deployment: BenchObject) => Promise<number>
}

/** Watches the Deployments of a namespace. Somebody heals them: another process, or what is called with each drift. */
export async function driftsIn(
  bare: BareClient,
  [any]: readonly BenchObject[],
  namespace: string,
  onDrift?: (name: string) => void,
): Promise<Drifts> {
  const healed = new Map<string, () => void>()
  const drifted = new Set<string>()
  await bare.watch(any?.collection(namespace) ?? '', ({ object }: BareEvent) => {
    const name = object.metadata?.name as string
    if (!healed.has(name)) return
    const isDrifted = object.spec.template.spec.containers[0].image !== imageOf(name)
    if (isDrifted && !drifted.has(name)) {
      drifted.add(name)
      onDrift?.(name)
    } else if (!isDrifted && drifted.delete(name)) healed.get(name)?.()
  })
  return {
    heal: async ({ name, collection }) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      healed.set(name, resolve)
      await bare.patch(
        `${collection(namespace)}/${name}?fieldManager=intruder`,
        JSON.stringify({ spec: { template: { spec: { containers: [foreign] } } } }),
        'application/strategic-merge-patch+json',
      )
      const answeredAt = performance.now()
      await promise
      healed.delete(name)
      return performance.now() - answeredAt
    },
  }
}

const foreign = { name: 'server', image: 'registry.example.com/foreign:1' }
