import { type KubernetesObject, kubernetesCluster } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, jsonRenderer, memoryStore } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'

/** Syncs one application, with one kind that nobody defines, and stops. Whatever keeps this process alive then is a leak. */
const [kubeconfig = '', namespace = ''] = process.argv.slice(2)
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { color: 'blue' } }
const source = memorySource({ files: { 'app/a.json': JSON.stringify(configMap) } })
const engine = createEngine({ store: memoryStore(), installation: namespace })
engine.add(
  defineApplication({
    name: 'app',
    source,
    path: 'app',
    renderer: jsonRenderer<KubernetesObject>(),
    target: kubernetesCluster({ kubeconfig }).target({ namespace }),
  }),
)
await engine.start()
const { outcome } = await engine.sync('app', { actor: 'test' })
const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'b' } }
source.commit({ 'app/b.json': JSON.stringify(thing) })
engine.refresh(source)
await engine.sync('app', { actor: 'test', timeoutMs: 500 }).catch(() => undefined)
await engine.stop()
process.stdout.write(JSON.stringify({ outcome }))
