import type { BareClient, BareEvent } from '../kubernetes/bare-client.ts'
import { nameOf } from './chart.ts'

const wanted = 'two'

/** Milliseconds from the intruder's answer until a watch shows the value of Git again, for so many ConfigMaps in turn. */
export async function drift(of: {
  readonly bare: BareClient
  readonly namespace: string
  readonly drifts: number
  readonly heals: 'ours' | 'bare'
  /** Whether the engine heals. */
  readonly suspend: () => Promise<void>
}): Promise<readonly number[]> {
  const { bare, namespace, drifts, heals, suspend } = of
  await suspend()
  const collection = `/api/v1/namespaces/${namespace}/configmaps`
  const patch = (name: string, greeting: string, manager: string): Promise<void> =>
    bare.patch(
      `${collection}/${name}?fieldManager=${manager}`,
      JSON.stringify({ data: { greeting } }),
      'application/merge-patch+json',
    )
  let watched: { readonly name: string; readonly healed: () => void; isDrifted: boolean } | undefined
  await bare.watch(collection, ({ object }: BareEvent) => {
    if (watched === undefined || object.metadata?.name !== watched.name) return
    const isDrifted = object.data?.greeting !== wanted
    if (isDrifted && !watched.isDrifted) {
      watched.isDrifted = true
      if (heals === 'bare') void patch(watched.name, wanted, 'bare')
    } else if (!isDrifted && watched.isDrifted) watched.healed()
  })
  const figures: number[] = []
  for (let at = 0; at < drifts; at++) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const name = nameOf(at)
    watched = { name, healed: resolve, isDrifted: false }
    await patch(name, `foreign ${heals}`, 'intruder')
    const answeredAt = performance.now()
    await promise
    figures.push(performance.now() - answeredAt)
  }
  watched = undefined
  return figures
}
