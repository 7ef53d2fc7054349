import type { StoreScene } from './store-scene.ts'
import { tinyLimits } from './tiny-limits.ts'

/** The Secrets of a store that nobody reads who asks for everything: what was left behind. */
export async function inVain(scene: StoreScene): Promise<readonly string[]> {
  const read = new Set<string>()
  const store = scene.store({
    limits: tinyLimits,
    through: (api) => ({
      ...api,
      call: (request) => {
        read.add(request.path.split('/').at(-1) ?? '')
        return api.call(request)
      },
    }),
  })
  await store.open({ ...scene.never, reading: true })
  for (const application of await store.list(scene.never)) {
    await store.load(application, scene.never)
    await store.history(application, { ...scene.never, limit: 100_000 })
  }
  return (await scene.names()).filter((name) => !read.has(name))
}
