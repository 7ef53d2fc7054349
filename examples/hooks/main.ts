// Functions around a release: one that must not run twice before it, one that judges it, one that says why it failed.
import { createEngine, defineApplication, jsonRenderer, memoryStore } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget } from '@mooring/core/testing'

const source = memorySource({ files: { 'shop/web.json': '{ "id": "web", "image": "web:1" }' } })
const target = memoryTarget()
const engine = createEngine({ store: memoryStore(), installation: 'example' })
engine.add(
  defineApplication({
    name: 'shop',
    source,
    path: 'shop',
    renderer: jsonRenderer<MemoryManifest>(),
    target,
    hooks: {
      beforeSync: { name: 'migrate', run: ({ operation }) => console.log(`migrates for ${operation.actor}`) },
      afterSync: {
        name: 'smoke',
        idempotent: true,
        timeoutMs: 5_000,
        run: () => {
          if (target.live.get('web')?.manifest.image === 'web:2') throw new Error('the shop answers 500')
        },
      },
      onFailure: { name: 'page', run: ({ failure }) => console.log('pages somebody:', failure?.reasons[0]) },
    },
  }),
)
await engine.start()
const first = await engine.sync('shop', { actor: 'ann' })
console.log('release 1:', first.outcome)

source.commit({ 'shop/web.json': '{ "id": "web", "image": "web:2" }' }, { message: 'A bad release' })
const second = await engine.sync('shop', { actor: 'ben' })
console.log('release 2:', second.outcome, second.reasons)

await engine.stop()
