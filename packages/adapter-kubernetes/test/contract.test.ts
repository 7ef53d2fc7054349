import { randomUUID } from 'node:crypto'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { describeTarget } from '@mooring/core/testing'
import { describe, test } from 'vitest'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'
import { intruder } from './intruder.ts'

const controlPlane = sharedControlPlane({ controllers: false })

describeTarget({
  describe,
  test,
  patienceMs: 10_000,
  async make() {
    const { kubeconfig } = controlPlane().admin
    const other = await intruder(kubeconfig)
    const namespace = `facts-${randomUUID().slice(0, 8)}`
    await other.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const target = kubernetesCluster({ kubeconfig: { text: kubeconfig } }).target({ namespace })
    const configMap = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { color: 'blue', size: '1' },
    })
    let edits = 0
    return {
      target,
      manifests: [configMap('a'), configMap('b'), configMap('c')],
      changed: (manifest) =>
        manifest.kind === 'Secret'
          ? { ...manifest, stringData: { password: 'another one', color: 'red' } }
          : { ...manifest, data: { color: 'red', size: '1' } },
      tamper: (key) => other.patch(key, { data: { color: `tampered ${++edits}` } }),
      occupy: (manifest) => other.create({ ...manifest, metadata: { ...manifest.metadata, namespace } }),
      invalid: [
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a/b' } },
        { ...configMap('d'), metadata: { name: 'd', labels: { enabled: true as never } } },
      ],
      secret: {
        manifest: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 's' },
          stringData: { password: 'a-canary-7f3a91' },
        },
        value: 'a-canary-7f3a91',
      },
      hook: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'migrate', annotations: { 'mooring.dev/hook': 'before-sync' } },
        spec: {
          template: {
            spec: {
              restartPolicy: 'Never',
              containers: [{ name: 'migrate', image: 'registry.example.com/migrate:1' }],
            },
          },
        },
      },
      close: async () => {
        await target[Symbol.asyncDispose]()
        // Without controllers no namespace ever goes, and the next fact is told from the same owner.
        for (const plural of ['configmaps', 'secrets'])
          await other.removeAll(`/api/v1/namespaces/${namespace}/${plural}`)
        await other.close()
      },
    }
  },
})
