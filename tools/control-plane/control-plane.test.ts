import { expect, test } from 'vitest'
import type { ApiAnswer } from './api-client.ts'
import { sharedControlPlane } from './for-tests.ts'
import { deployment, job } from './test-objects.ts'

/** As loose as what an answer holds. */
type Body = ApiAnswer['body']

const controlPlane = sharedControlPlane()
const soon = { timeout: 50_000, interval: 50 }

/** Creates an object in a namespace of its own and gives a way to read paths of that namespace. */
async function inNamespace(path: string, object: object): Promise<(path: string) => Promise<Body>> {
  const { admin, createNamespace } = controlPlane()
  const namespace = await createNamespace()
  const [group, plural] = path.split(' ')
  const created = await admin.call('POST', `${group}/namespaces/${namespace}/${plural}`, { body: object })
  expect(created.status).toBe(201)
  return async (of) => {
    const [group, rest] = of.split(' ')
    return (await admin.call('GET', `${group}/namespaces/${namespace}/${rest}`)).body
  }
}

test('a Deployment of three replicas becomes available', async () => {
  const read = await inNamespace('/apis/apps/v1 deployments', deployment('web', 'nginx:1', 3))
  await expect
    .poll(async () => (await read('/apis/apps/v1 deployments/web')).status.availableReplicas, soon)
    .toBe(3)
  const { items } = await read('/api/v1 pods')
  expect(new Set(items.map((pod: Body) => pod.status.podIP)).size).toBe(3)
})

test('a Job completes', async () => {
  const read = await inNamespace('/apis/batch/v1 jobs', job('migrate', 'migrate:1'))
  await expect
    .poll(async () => conditionsOf(await read('/apis/batch/v1 jobs/migrate')), soon)
    .toContain('Complete')
})

test('a Job whose image says so fails', async () => {
  const read = await inNamespace('/apis/batch/v1 jobs', job('migrate', 'migrate:fails'))
  await expect
    .poll(async () => conditionsOf(await read('/apis/batch/v1 jobs/migrate')), soon)
    .toContain('Failed')
})

test('a Job whose image says so goes on for ever', async () => {
  const read = await inNamespace('/apis/batch/v1 jobs', job('migrate', 'migrate:endless'))
  await expect.poll(async () => (await read('/apis/batch/v1 jobs/migrate')).status.ready, soon).toBe(1)
})

test('a pod with a broken image waits in CrashLoopBackOff', async () => {
  const read = await inNamespace('/apis/apps/v1 deployments', deployment('web', 'web:broken'))
  await expect
    .poll(async () => firstContainerOf(await read('/api/v1 pods')), soon)
    .toMatchObject({
      ready: false,
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff', message: expect.stringContaining('container=main') } },
      lastState: { terminated: { exitCode: 1 } },
    })
})

test('a pod with a missing image waits in ImagePullBackOff', async () => {
  const read = await inNamespace('/apis/apps/v1 deployments', deployment('web', 'web:missing'))
  await expect
    .poll(async () => firstContainerOf(await read('/api/v1 pods')), soon)
    .toMatchObject({
      state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "web:missing"' } },
    })
})

test('a pod that is never ready runs', async () => {
  const read = await inNamespace('/apis/apps/v1 deployments', deployment('web', 'web:never-ready'))
  await expect
    .poll(async () => firstContainerOf(await read('/api/v1 pods')), soon)
    .toMatchObject({
      ready: false,
      state: { running: {} },
    })
})

test('a deleted pod is gone and replaced', async () => {
  const read = await inNamespace('/apis/apps/v1 deployments', deployment('web', 'web:1'))
  const only = async (): Promise<Body> => (await read('/api/v1 pods')).items[0]?.metadata
  await expect.poll(only, soon).toBeDefined()
  const { name, namespace, uid } = await only()
  await controlPlane().admin.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`)
  await expect
    .poll(async () => (await read('/api/v1 pods')).items.map((pod: Body) => pod.metadata.uid), soon)
    .not.toContain(uid)
  await expect
    .poll(async () => (await read('/apis/apps/v1 deployments/web')).status.availableReplicas, soon)
    .toBe(1)
})

test('what a deleted object owned is collected', async () => {
  const read = await inNamespace('/apis/apps/v1 deployments', deployment('web', 'web:1'))
  await expect.poll(async () => (await read('/api/v1 pods')).items.length, soon).toBe(1)
  const { namespace } = (await read('/apis/apps/v1 deployments/web')).metadata
  await controlPlane().admin.call('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/web`)
  await expect.poll(async () => (await read('/api/v1 pods')).items.length, soon).toBe(0)
})

const conditionsOf = (object: Body): readonly string[] =>
  (object.status.conditions ?? [])
    .filter(({ status }: Body) => status === 'True')
    .map(({ type }: Body) => type)

const firstContainerOf = (pods: Body): unknown => pods.items[0]?.status.containerStatuses?.[0]
