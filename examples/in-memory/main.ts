// The whole engine in memory: a commit is brought about, and an edit of a live resource is undone.
import { createEngine, defineApplication, jsonRenderer, memoryStore, summary } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget } from '@mooring/core/testing'

const source = memorySource({ files: { 'shop/web.json': '{ "id": "web", "replicas": 2 }' } })
const target = memoryTarget()
const engine = createEngine({ store: memoryStore(), installation: 'example' })
engine.add(
  defineApplication({ name: 'shop', source, path: 'shop', renderer: jsonRenderer<MemoryManifest>(), target }),
)
engine.on('plan.made', ({ plan }) => console.log(summary(plan)))
await engine.start()
await engine.sync('shop', { actor: 'example' })

source.commit({ 'shop/web.json': '{ "id": "web", "replicas": 3 }' }, { message: 'One more' })
await engine.sync('shop', { actor: 'example' })

target.live.edit('web', { replicas: 99 })
await engine.sync('shop', { actor: 'example' })
console.log('live:', target.live.get('web')?.manifest)

const { sync, health, applied } = await engine.status('shop')
console.log(`${sync}, ${health}, at ${applied?.label}`)
await engine.stop()
