import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, jsonRenderer, memoryStore } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { clusterScene, saysAll } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const another = sharedControlPlane({ controllers: false })
const patient = { timeout: 30_000, interval: 30 }

test('the identity is the uid of kube-system', async () => {
  const { target, call } = await clusterScene(controlPlane())
  const { body } = await controlPlane().admin.call('GET', '/api/v1/namespaces/kube-system')
  expect(await target.identity(call)).toBe(`cluster:${body.metadata.uid}`)
})

/** A scene whose URL can be made to lead to another cluster that it may enter, without a word. */
async function behindOneUrl() {
  const first = controlPlane()
  const second = another()
  const folder = await mkdtemp(join(tmpdir(), 'mooring-identity-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const kubeconfigFile = join(folder, 'kubeconfig')
  const kubeconfigText = insecure(first.admin.kubeconfig)
  const scene = await clusterScene(first, { kubeconfigText, kubeconfigFile })
  const { hostname, port } = new URL(second.url)
  const move = async (): Promise<void> => {
    const text = await readFile(kubeconfigFile, 'utf8')
    await writeFile(kubeconfigFile, text.replace(first.admin.token, second.admin.token))
    scene.proxy.leadTo({ host: hostname, port: Number(port) })
    scene.proxy.reset()
  }
  return { ...scene, second, move }
}

test('another cluster behind the same URL is another identity, and nothing of the first one is shown', async () => {
  const { target, call, create, configMap, keyOf, observeOne, move, hints, second } = await behindOneUrl()
  const before = await target.identity(call)
  const made = await create(configMap('a'))
  expect(await observeOne(keyOf('a'))).toEqual(made)
  hints()
  await move()
  const { body } = await second.admin.call('GET', '/api/v1/namespaces/kube-system')
  await expect.poll(() => target.identity(call).catch(String), patient).toBe(`cluster:${body.metadata.uid}`)
  expect(before).not.toBe(`cluster:${body.metadata.uid}`)
  await expect.poll(() => saysAll(hints()), patient).toBe(true)
  expect(await observeOne(keyOf('a'))).toBeUndefined()
}, 60_000)

test('another cluster behind the same URL stops the engine with TARGET_CHANGED before it writes anything', async () => {
  const { target, namespace, configMap, move, second } = await behindOneUrl()
  const source = memorySource({ files: { 'app/a.json': JSON.stringify(configMap('a')) } })
  const engine = createEngine({ store: memoryStore(), installation: namespace })
  onTestFinished(() => engine.stop())
  engine.add(
    defineApplication<KubernetesObject>({
      name: 'app',
      source,
      path: 'app',
      renderer: jsonRenderer<KubernetesObject>(),
      target,
      sync: { intervalMs: 1_000 },
    }),
  )
  await engine.start()
  expect(await engine.sync('app', { actor: 'test' })).toMatchObject({ outcome: 'synced' })
  await move()
  await expect.poll(async () => (await engine.status('app')).lastError?.code, patient).toBe('TARGET_CHANGED')
  const { status } = await second.admin.call('GET', `/api/v1/namespaces/${namespace}/configmaps/a`)
  expect(status).toBe(404)
}, 60_000)

const insecure = (kubeconfig: string): string =>
  kubeconfig.replace(/certificate-authority-data: \S+/, 'insecure-skip-tls-verify: true')
