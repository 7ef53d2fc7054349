import { randomUUID } from 'node:crypto'
import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { clusterScene, saysAll } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const patient = { timeout: 20_000, interval: 30 }

test('an object of a kind that somebody else defines later waits, and a hint wakes it', async () => {
  const { target, call, namespace, hints, create, keyOf, observeOne } = await clusterScene(controlPlane())
  const { group, definition, instance } = kindOf(namespace)
  hints()
  const before = await target.prepare([{ manifest: instance }], call)
  expect(before.waiting).toMatchObject([{ code: 'UNKNOWN_KIND' }])
  expect(await observeOne(keyOf('one', `${group}/Thing`))).toBeUndefined()
  await define(definition)
  await expect.poll(() => saysAll(hints()), patient).toBe(true)
  await expect
    .poll(async () => (await target.prepare([{ manifest: instance }], call)).waiting, patient)
    .toEqual([])
  const made = await create(instance)
  expect(await observeOne(made.key)).toEqual(made)
}, 60_000)

test('a definition that is deleted under us takes its objects with it, and may come again', async () => {
  const { namespace, create, observeOne, target, call: ours } = await clusterScene(controlPlane())
  const { definition, instance } = kindOf(namespace)
  const isKnown = async () => (await target.prepare([{ manifest: instance }], ours)).waiting
  await define(definition)
  await expect.poll(isKnown, patient).toEqual([])
  const made = await create(instance)
  expect(await observeOne(made.key)).toEqual(made)
  const { call } = controlPlane().admin
  await call('DELETE', `${definitions}/${definition.metadata.name}`)
  await expect
    .poll(async () => (await call('GET', `${definitions}/${definition.metadata.name}`)).status, patient)
    .toBe(404)
  await expect.poll(() => observeOne(made.key).catch(String), patient).toBeUndefined()
  await define(definition)
  await expect.poll(isKnown, patient).toEqual([])
  const again = await create(instance)
  await expect.poll(() => observeOne(made.key).catch(String), patient).toEqual(again)
}, 60_000)

test('a kind that cannot be watched is read', async () => {
  const { observe } = await clusterScene(controlPlane())
  expect(await observe('/ComponentStatus//not-there')).toEqual(new Map())
})

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

async function define(definition: KubernetesObject): Promise<void> {
  const { call } = controlPlane().admin
  await call('POST', definitions, { body: definition })
  const established = async (): Promise<boolean> => {
    const { body } = await call('GET', `${definitions}/${definition.metadata.name}`)
    const conditions: readonly { type: string; status: string }[] = body.status?.conditions ?? []
    const group = definition.metadata.name.slice('things.'.length)
    const isServed = (await call('GET', `/apis/${group}/v1/things`)).status === 200
    return isServed && conditions.some(({ type, status }) => type === 'Established' && status === 'True')
  }
  await expect.poll(established, patient).toBe(true)
}

function kindOf(namespace: string) {
  const group = `g${randomUUID().slice(0, 8)}.example.com`
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const definition: KubernetesObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }
  const instance: KubernetesObject = {
    apiVersion: `${group}/v1`,
    kind: 'Thing',
    metadata: { name: 'one', namespace },
    spec: { size: 1 },
  }
  return { group, definition, instance }
}
