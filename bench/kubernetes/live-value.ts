import type { BareClient } from './bare-client.ts'
import type { BenchObject } from './content.ts'

/** Tells when a ConfigMap of this namespace has a value. */
export async function liveValues(
  bare: BareClient,
  configMap: BenchObject,
  namespace: string,
): Promise<(name: string, value: string) => Promise<void>> {
  const values = new Map<string, string>()
  let wake = (): void => undefined
  await bare.watch(configMap.collection(namespace), ({ object }) => {
    values.set(object.metadata.name, object.data?.value)
    wake()
  })
  return async (name, value) => {
    while (values.get(name) !== value) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}
