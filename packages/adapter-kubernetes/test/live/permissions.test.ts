import { randomUUID } from 'node:crypto'
import { systemClock } from '@mooring/core'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { clusterScene, saysAll } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const patient = { timeout: 60_000, interval: 50 }
const configMaps = { verbs: ['*'], apiGroups: [''], resources: ['configmaps'] }

test('who may work in one namespace only is served by a watch of that namespace', async () => {
  const namespace = await controlPlane().createNamespace()
  const user = await controlPlane().addUser({ name: randomUUID(), rules: [configMaps], namespace })
  const scene = await clusterScene(controlPlane(), {
    namespace,
    kubeconfigText: user.kubeconfig,
    identity: 'test',
  })
  const { keyOf, observeOne, create, configMap, other, hints } = scene
  expect(await observeOne(keyOf('a'))).toBeUndefined()
  const made = await create(configMap('a'))
  expect(await observeOne(keyOf('a'))).toEqual(made)
  hints()
  await other.patch(keyOf('a'), { data: { color: 'green' } })
  await expect
    .poll(() => hints().some((hint) => 'keys' in hint && hint.keys.includes(keyOf('a'))), patient)
    .toBe(true)
  // The hint may be one at the creation still, whose event can come before its answer.
  await expect
    .poll(async () => (await observeOne(keyOf('a')))?.fingerprint, patient)
    .not.toBe(made.fingerprint)
  const seen = await controlPlane().requests({ user: user.name })
  expect(seen.filter(({ verb }) => verb === 'watch').map((one) => one.namespace)).toEqual([namespace])
})

test('who may neither list nor watch is told which verb and resource is missing, and works once it is granted', async () => {
  const user = await controlPlane().addUser({ name: randomUUID() })
  const { keyOf, observeOne, other, configMap, hints } = await clusterScene(controlPlane(), {
    kubeconfigText: user.kubeconfig,
    identity: 'test',
  })
  await other.create(configMap('a'))
  hints()
  const error = await observeOne(keyOf('a')).catch((thrown: Error & { code: string; hint: string }) => thrown)
  expect(error).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('may not list configmaps'),
  })
  await grant(user.name)
  await expect.poll(() => saysAll(hints()), patient).toBe(true)
  await expect.poll(() => observeOne(keyOf('a')).then((seen) => seen?.key, String), patient).toBe(keyOf('a'))
}, 90_000)

test('who asks to look now, after a permission was granted, is not answered from memory', async () => {
  const user = await controlPlane().addUser({ name: randomUUID() })
  const { keyOf, observeOne, observeFresh, other, configMap } = await clusterScene(controlPlane(), {
    kubeconfigText: user.kubeconfig,
    identity: 'test',
    // Pauses between tries never end.
    clock: { ...systemClock, timer: () => () => undefined },
  })
  await other.create(configMap('a'))
  await observeOne(keyOf('a')).catch(() => undefined)
  await grant(user.name)
  // RBAC takes a moment to be in force.
  const seen = () => observeFresh(keyOf('a')).then((found) => [...found.keys()], String)
  await expect.poll(seen, patient).toEqual([keyOf('a')])
}, 90_000)

test('a permission that is taken away makes looks throw as soon as the watch has to be dialled again', async () => {
  const user = await controlPlane().addUser({ name: randomUUID() })
  await grant(user.name)
  const { keyOf, observeOne, create, configMap, proxy } = await clusterScene(controlPlane(), {
    kubeconfigText: user.kubeconfig,
    identity: 'test',
  })
  await expect.poll(() => observeOne(keyOf('a')).catch(String), patient).toBeUndefined()
  await create(configMap('a'))
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
  await controlPlane().admin.call('DELETE', `${path}/late-${user.name}`)
  await expect.poll(async () => (await user.call('GET', '/api/v1/configmaps')).status, patient).toBe(403)
  proxy.reset()
  await expect
    .poll(() => observeOne(keyOf('a')).then(String, (error: { code: string }) => error.code), patient)
    .toBe('FORBIDDEN')
}, 90_000)

test('who may not read kube-system is told to name the cluster', async () => {
  const user = await controlPlane().addUser({ name: randomUUID(), rules: [configMaps] })
  const { target, call } = await clusterScene(controlPlane(), { kubeconfigText: user.kubeconfig })
  await expect(target.identity(call)).rejects.toMatchObject({
    code: 'FORBIDDEN',
    hint: expect.stringContaining('identity'),
  })
})

async function grant(name: string): Promise<void> {
  const { call } = controlPlane().admin
  const path = '/apis/rbac.authorization.k8s.io/v1'
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const metadata = { name: `late-${name}` }
  await call('POST', `${path}/clusterroles`, {
    body: { apiVersion, kind: 'ClusterRole', metadata, rules: [configMaps] },
  })
  await call('POST', `${path}/clusterrolebindings`, {
    body: {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    },
  })
}
