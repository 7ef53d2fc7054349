import { readFileSync } from 'node:fs'
import { type KubernetesObject, kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, memoryStore } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { sharedControlPlane } from '../../../tools/control-plane/for-tests.ts'

const page = readFileSync(new URL('../../../docs/kubernetes.md', import.meta.url), 'utf8')
const [, rights = ''] = /```yaml\n(apiVersion: rbac[\s\S]*?)```/.exec(page) ?? []
const roles = parseAllDocuments(rights).map((document) => document.toJS() as KubernetesObject)
const plurals: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'namespaces/shop/roles',
  RoleBinding: 'namespaces/shop/rolebindings',
}
const controlPlane = sharedControlPlane()

test('the rights that docs/kubernetes.md names are enough for an application of these kinds', async () => {
  const { admin, createNamespace } = controlPlane()
  await createNamespace('shop')
  for (const body of roles) {
    const path = `/apis/rbac.authorization.k8s.io/v1/${plurals[body.kind]}`
    expect(await admin.call('POST', path, { body })).toMatchObject({ status: 201 })
  }
  const source = memorySource({ files: { 'settings.yaml': settings('1'), 'web.yaml': web } })
  const cluster = kubernetesCluster({
    kubeconfig: { text: admin.kubeconfig },
    impersonate: { user: 'system:serviceaccount:mooring:mooring', groups: ['system:authenticated'] },
  })
  const engine = createEngine({ store: memoryStore(), installation: 'least' })
  onTestFinished(() => engine.stop())
  const target = cluster.target({ namespace: 'shop' })
  engine.add(
    defineApplication({
      name: 'shop',
      source,
      path: '',
      renderer: manifests(),
      target,
      sync: { prune: true },
    }),
  )
  await engine.start()
  const sync = async () => (await engine.sync('shop', { actor: 'test', timeoutMs: 60_000 })).outcome
  // The authorizer learns of roles through a watch, a moment after they are made: the first look may come too early.
  await expect.poll(sync, { timeout: 30_000 }).toBe('synced')

  const path = '/api/v1/namespaces/shop/configmaps/settings'
  const level = async () => (await admin.call('GET', path)).body.data.level
  source.commit({ 'settings.yaml': settings('2') })
  expect(await sync()).toBe('synced')
  expect(await level()).toBe('2')
  await admin.call('PATCH', path, { body: { data: { level: '9' } } })
  await expect.poll(level, { timeout: 20_000 }).toBe('2')
  source.commit({ 'settings.yaml': null })
  expect(await sync()).toBe('synced')
  expect((await admin.call('GET', path)).status).toBe(404)
})

const settings = (level: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { level: '${level}' }
`
const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: server, image: 'web:1' }] }
---
apiVersion: v1
kind: Secret
metadata: { name: web }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: web }
`
