// A bad release is rolled back in one call, stays so while new commits come, and the history answers for it.
import { createEngine, defineApplication, jsonRenderer, memoryStore } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget } from '@mooring/core/testing'

const web = (version: number) => ({ 'shop/web.json': JSON.stringify({ id: 'web', version }) })
const source = memorySource({ files: web(1) })
const target = memoryTarget()
const engine = createEngine({ store: memoryStore(), installation: 'example' })
engine.add(
  defineApplication({
    name: 'shop',
    source,
    path: 'shop',
    renderer: jsonRenderer<MemoryManifest>(),
    target,
    sync: { deadlineMs: 200 },
  }),
)
// Version 2 crashes; whatever takes its place does not.
engine.on('change.applied', () => {
  if (target.live.get('web')?.manifest.version !== 2) target.setHealth('web', { state: 'healthy' })
})
const live = () => `web is version ${JSON.stringify(target.live.get('web')?.manifest.version)}`
await engine.start()
await engine.sync('shop', { actor: 'ci' })

target.setHealth('web', { state: 'degraded', message: 'crashes' })
source.commit(web(2), { author: 'Eve <eve@example.com>', message: 'Faster' })
const { outcome, reasons } = await engine.sync('shop', { actor: 'ci' })
console.log(`${live()}: ${outcome}, ${reasons.join('; ')}`)

await engine.rollback('shop', { to: 'previous', actor: 'grace', reason: 'web crashes' })
console.log(`${live()}: rolled back`)

source.commit(web(3), { message: 'Faster, and mended' })
engine.refresh()
await engine.sync('shop', { actor: 'ci' })
const { pin, latest } = await engine.status('shop')
console.log(`${live()}: pinned by ${pin?.by}, "${latest?.message}" waits`)

await engine.unpin('shop', { actor: 'grace' })
await engine.sync('shop', { actor: 'ci' })
console.log(`${live()}: unpinned`)

for (const { cause, actor, message = '', outcome: end, recoveredMs } of (
  await engine.history('shop')
).toReversed())
  console.log([cause, actor, message, end, recoveredMs === undefined ? '' : 'recovered'].join(' | '))
await engine.stop()
