import type { Observation } from '@mooring/core'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { type ClusterScene, clusterScene } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })

/** What one application of the scene's installation is told that it owns. */
async function ownedBy({ target, call }: ClusterScene, application: string): Promise<readonly string[]> {
  const owner = { ...call.owner, application }
  const found: Observation[] = []
  for await (const observation of target.owned?.({ ...call, owner }) ?? []) found.push(observation)
  return found.map(({ key }) => key)
}

async function listsOfConfigMaps(namespace: string): Promise<number> {
  const requests = await controlPlane().requests()
  const selector = encodeURIComponent(`mooring.dev/installation=${namespace}`)
  return requests.filter(({ uri }) => uri.includes('/configmaps?') && uri.includes(selector)).length
}

test('applications that are new share one look for what they own', async () => {
  const scene = await clusterScene(controlPlane())
  const names = ['one', 'two', 'three']
  const atOnce = await Promise.all(names.map((name) => ownedBy(scene, name)))
  expect(atOnce).toEqual([[], [], []])
  expect(await ownedBy(scene, 'four')).toEqual([])
  expect(await listsOfConfigMaps(scene.namespace)).toBe(1)
})

test('an application that has written since is looked for anew', async () => {
  const scene = await clusterScene(controlPlane())
  expect(await ownedBy(scene, 'another')).toEqual([])
  await scene.create(scene.configMap('a'))
  expect(await ownedBy(scene, 'app')).toEqual([scene.keyOf('a')])
})

test('an application that asks again is looked for anew', async () => {
  const scene = await clusterScene(controlPlane())
  expect(await ownedBy(scene, 'app')).toEqual([])
  const elsewhere = await clusterScene(controlPlane(), { namespace: scene.namespace })
  await elsewhere.create(elsewhere.configMap('a'))
  expect(await ownedBy(scene, 'app')).toEqual([scene.keyOf('a')])
})

test('a look that failed is not what the next one is told', async () => {
  const scene = await clusterScene(controlPlane())
  await scene.create(scene.configMap('a'))
  await scene.proxy.refuse()
  scene.proxy.reset()
  await expect(ownedBy(scene, 'app')).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' })
  await scene.proxy.restore()
  expect(await ownedBy(scene, 'app')).toEqual([scene.keyOf('a')])
})
