import { setTimeout as pause } from 'node:timers/promises'
import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import type { Observation } from '@mooring/core'
import { expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { clusterScene, present } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })

const conflict = { code: 'EXPECTATION_NOT_MET', kind: 'conflict' }

test('an update of another incarnation is a conflict and changes nothing', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await other.remove(keyOf('a'))
  await other.create(configMap('a', { theirs: 'yes' }))
  const before = await other.read(keyOf('a'))
  await expect(apply('update', configMap('a'), present(made))).rejects.toMatchObject(conflict)
  expect(await other.read(keyOf('a'))).toEqual(before)
})

test('an update of what is gone is a conflict and makes nothing', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await other.remove(keyOf('a'))
  await expect(apply('update', configMap('a'), present(made))).rejects.toMatchObject(conflict)
  expect(await other.read(keyOf('a'))).toBeUndefined()
})

test('an older version is a conflict only where the change names it', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await other.patch(keyOf('a'), { data: { theirs: 'yes' } })
  const wanted = configMap('a', { color: 'red' })
  await expect(apply('update', wanted, present(made, true))).rejects.toMatchObject(conflict)
  expect(await other.read(keyOf('a'))).toMatchObject({ data: { color: 'blue', theirs: 'yes' } })
  expect(await apply('update', wanted, present(made))).toMatchObject({ outcome: 'changed' })
  expect(await other.read(keyOf('a'))).toMatchObject({ data: { color: 'red', theirs: 'yes' } })
})

test('an update that changes nothing says so', async () => {
  const { create, apply, configMap, observeOne, keyOf } = await clusterScene(controlPlane())
  await observeOne(keyOf('a'))
  const made = await create(configMap('a'))
  const { outcome, observation } = await apply('update', configMap('a'), present(made))
  expect(outcome).toBe('unchanged')
  expect(observation?.version).toBe(made.version)
})

test('an update that changes nothing of ours says so, although somebody else has written meanwhile', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const { fingerprint = '', ...made } = await create(configMap('a'))
  await other.patch(keyOf('a'), { data: { theirs: 'yes' } })
  const { outcome, observation } = await apply('update', configMap('a'), present(made), { fingerprint })
  expect(outcome).toBe('unchanged')
  expect(observation?.version).not.toBe(made.version)
  await other.patch(keyOf('a'), { data: { color: 'red' } })
  const drifted = { fingerprint: 'k1.as.it.was' }
  expect(await apply('update', configMap('a'), present(made), drifted)).toMatchObject({ outcome: 'changed' })
})

test('an update puts back the label and the annotation that mark what is ours', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  const before = await other.read(keyOf('a'))
  await other.patch(keyOf('a'), { metadata: { labels: null, annotations: null } })
  const { observation } = await apply('update', configMap('a'), present(made))
  expect(observation).toMatchObject({ owner: made.owner, fingerprint: made.fingerprint })
  const after = await other.read(keyOf('a'))
  expect(after?.metadata.labels).toEqual(before?.metadata.labels)
})

const immutable = (configMap: KubernetesObject): KubernetesObject => ({ ...configMap, immutable: true })

test('a field that cannot change is IMMUTABLE_FIELD, and another incarnation is told first', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(immutable(configMap('a')))
  const wanted = immutable(configMap('a', { color: 'red' }))
  await expect(apply('update', wanted, present(made))).rejects.toMatchObject({
    code: 'IMMUTABLE_FIELD',
    kind: 'permanent',
  })
  await other.remove(keyOf('a'))
  await other.create(immutable(configMap('a')))
  await expect(apply('update', wanted, present(made))).rejects.toMatchObject(conflict)
})

test('a replace makes another incarnation with the values wanted', async () => {
  const { create, apply, configMap, observeOne, keyOf } = await clusterScene(controlPlane())
  const made = await create(immutable(configMap('a')))
  const wanted = immutable(configMap('a', { color: 'red' }))
  const { observation } = await apply('replace', wanted, present(made, true))
  expect(observation?.uid).not.toBe(made.uid)
  expect(await observeOne(keyOf('a'))).toEqual(observation)
})

/** A delete as the engine plans it: by uid, by version, and with the fingerprint that it saw. */
const planned = (seen: Observation) =>
  [
    present(seen, true),
    { reason: 'removed', ...(seen.fingerprint !== undefined && { fingerprint: seen.fingerprint }) },
  ] as const

test('a delete of another incarnation is a conflict and deletes nothing', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await other.remove(keyOf('a'))
  await other.create(configMap('a'))
  await expect(apply('delete', configMap('a'), ...planned(made))).rejects.toMatchObject(conflict)
  expect(await other.read(keyOf('a'))).toBeDefined()
})

test('a delete of what is gone changes nothing', async () => {
  const { create, apply, configMap, other, keyOf, observeOne } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await other.remove(keyOf('a'))
  expect(await apply('delete', configMap('a'), ...planned(made))).toEqual({ outcome: 'unchanged' })
  expect(await observeOne(keyOf('a'))).toBeUndefined()
})

test('what finalizers keep is answered as being deleted, and is gone when they are', async () => {
  const { create, apply, configMap, other, keyOf, observeOne } = await clusterScene(controlPlane())
  await create(configMap('a'))
  await other.patch(keyOf('a'), { metadata: { finalizers: ['example.com/wait'] } })
  const [live] = [await other.read(keyOf('a'))]
  const seen = (await observeOne(keyOf('a'))) as Observation
  const version = live?.metadata.resourceVersion ?? ''
  const result = await apply('delete', configMap('a'), ...planned({ ...seen, version }))
  expect(result).toMatchObject({ outcome: 'changed', observation: { deleting: true } })
  expect(await observeOne(keyOf('a'))).toMatchObject({ deleting: true })
  await other.patch(keyOf('a'), { metadata: { finalizers: null } })
  await expect.poll(() => observeOne(keyOf('a'))).toBeUndefined()
})

for (const action of ['delete', 'release'] as const) {
  test(`a ${action} gets through while somebody writes a status twenty times a second`, async () => {
    const { create, apply, other, keyOf, namespace, observeOne } = await clusterScene(controlPlane())
    const manifest = deployment(namespace)
    await create(manifest)
    const key = keyOf('web', 'apps/Deployment')
    let writes = 0
    let isOver = false
    onTestFinished(() => {
      isOver = true
    })
    const churn = async (): Promise<void> => {
      while (!isOver) {
        const status = { observedGeneration: 1, collisionCount: ++writes }
        await other.patch(key, { status }, { subresource: 'status' }).catch(() => undefined)
        await pause(50)
      }
    }
    const churning = churn()
    await expect.poll(() => writes).toBeGreaterThan(5)
    const seen = (await observeOne(key)) as Observation
    // The plan is a few versions old by the time it is carried out.
    const from = writes
    await expect.poll(() => writes, { interval: 5 }).toBeGreaterThan(from + 3)
    expect(await apply(action, manifest, ...planned(seen))).toMatchObject({ outcome: 'changed' })
    isOver = true
    await churning
    const left = await other.read(key)
    if (action === 'delete') expect(left).toBeUndefined()
    else expect(left?.metadata.labels).toBeUndefined()
  })

  for (const [title, patch] of [
    ['a value of ours', { data: { color: 'green' } }],
    ['our mark', { metadata: { annotations: { 'mooring.dev/owner': null } } }],
  ] as const) {
    test(`a ${action} of what somebody changed ${title} of is a conflict and does nothing`, async () => {
      const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
      const made = await create(configMap('a'))
      await other.patch(keyOf('a'), patch)
      const before = await other.read(keyOf('a'))
      await expect(apply(action, configMap('a'), ...planned(made))).rejects.toMatchObject(conflict)
      expect(await other.read(keyOf('a'))).toEqual(before)
    })
  }
}

test('a delete of what has been asked to stay since is a conflict and deletes nothing', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await other.patch(keyOf('a'), { metadata: { annotations: { 'mooring.dev/prune': 'disabled' } } })
  await expect(apply('delete', configMap('a'), ...planned(made))).rejects.toMatchObject(conflict)
  expect(await other.read(keyOf('a'))).toBeDefined()
})

test('a release leaves every field, takes our entry and our mark, and touches nobody else’s entry', async () => {
  const { create, apply, configMap, other, keyOf, observeOne } = await clusterScene(controlPlane())
  await create(configMap('a'))
  await other.patch(keyOf('a'), { data: { theirs: 'yes' }, metadata: { labels: { team: 'x' } } })
  await expect
    .poll(async () => (await observeOne(keyOf('a')))?.version)
    .toBe((await other.read(keyOf('a')))?.metadata.resourceVersion)
  const before = await other.read(keyOf('a'))
  const seen = (await observeOne(keyOf('a'))) as Observation
  await apply('release', configMap('a'), ...planned(seen))
  const after = await other.read(keyOf('a'))
  expect(after).toMatchObject({ data: { color: 'blue', theirs: 'yes' }, metadata: { labels: { team: 'x' } } })
  expect(after?.metadata.annotations).toBeUndefined()
  const theirs = (object: KubernetesObject | undefined) =>
    object?.metadata.managedFields?.filter(({ manager }) => manager === 'intruder')
  expect(theirs(after)).toEqual(theirs(before))
  expect(after?.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['intruder'])
  expect(await observeOne(keyOf('a'))).toMatchObject({ uid: seen.uid })
  expect((await observeOne(keyOf('a')))?.owner).toBeUndefined()
})

test('a release where we were the only manager leaves every field and no entry of ours', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  expect(await apply('release', configMap('a'), ...planned(made))).toMatchObject({ outcome: 'changed' })
  const after = await other.read(keyOf('a'))
  expect(after).toMatchObject({ data: { color: 'blue' } })
  expect(after?.metadata.labels).toBeUndefined()
  expect(after?.metadata.managedFields?.filter(({ operation }) => operation === 'Apply') ?? []).toEqual([])
})

test('a release of what is gone changes nothing', async () => {
  const { create, apply, configMap, other, keyOf } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await other.remove(keyOf('a'))
  expect(await apply('release', configMap('a'), ...planned(made))).toEqual({ outcome: 'unchanged' })
})

const deployment = (namespace: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example.com/web:1' }] },
    },
  },
})
