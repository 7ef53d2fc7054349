import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { clusterScene, present, saysAll } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })
const patient = { timeout: 30_000, interval: 20 }

test('what happens while the connection is down is seen when it is back', async () => {
  const { create, configMap, keyOf, observeOne, proxy, other } = await clusterScene(controlPlane())
  await create(configMap('a'))
  await observeOne(keyOf('a'))
  await proxy.refuse()
  proxy.reset()
  await other.patch(keyOf('a'), { data: { theirs: 'yes' } })
  await proxy.restore()
  const live = await other.read(keyOf('a'))
  await expect
    .poll(() => observeOne(keyOf('a')).then((seen) => seen?.version, String), patient)
    .toBe(live?.metadata.resourceVersion)
}, 60_000)

test('a cut that the next dial mends is no relist and no hint', async () => {
  const { user, scene } = await counted()
  const { create, configMap, keyOf, observeOne, proxy, other, hints } = scene
  await create(configMap('a'))
  await observeOne(keyOf('a'))
  hints()
  const after = (await controlPlane().requests({ user })).length
  proxy.reset()
  await expect
    .poll(async () => (await controlPlane().requestCounts({ user, after }))['watch configmaps'], patient)
    .toBe(1)
  await other.patch(keyOf('a'), { data: { color: 'green' } })
  await expect.poll(() => hints(), patient).toEqual([{ keys: [keyOf('a')] }])
  expect(await controlPlane().requestCounts({ user, after })).toEqual({ 'watch configmaps': 1 })
}, 60_000)

test('a watch that is cut from time to time is dialled at once each time, and nothing is lost', async () => {
  const { create, configMap, keyOf, observeOne, proxy, other, hints } = await clusterScene(controlPlane())
  await create(configMap('a'))
  await observeOne(keyOf('a'))
  hints()
  for (let round = 0; round < 3; round++) {
    // Longer than what counts as a very short watch.
    await pause(1_100)
    proxy.reset()
    await other.patch(keyOf('a'), { data: { theirs: `${round}` } })
    const live = await other.read(keyOf('a'))
    await expect
      .poll(() => observeOne(keyOf('a')).then((seen) => seen?.version), { timeout: 700, interval: 5 })
      .toBe(live?.metadata.resourceVersion)
  }
  expect(saysAll(hints())).toBe(false)
}, 60_000)

test('silence is noticed in time: looks throw, a hint says so, and another when it is over', async () => {
  const { create, configMap, keyOf, observeOne, proxy, hints } = await clusterScene(controlPlane(), {
    staleMs: 2_000,
  })
  const made = await create(configMap('a'))
  expect(await observeOne(keyOf('a'))).toEqual(made)
  hints()
  proxy.swallow()
  const began = performance.now()
  await expect
    .poll(() => observeOne(keyOf('a')).then(String, (error: { code: string }) => error.code), patient)
    .toMatch(/WATCH_SILENT|CLUSTER_UNREACHABLE/)
  expect(performance.now() - began).toBeLessThan(3_000)
  await expect.poll(() => saysAll(hints()), patient).toBe(true)
  const down = hints().length
  await proxy.restore()
  proxy.reset()
  await expect.poll(() => saysAll(hints().slice(down)), patient).toBe(true)
  await expect.poll(() => observeOne(keyOf('a')).catch(String), patient).toEqual(made)
}, 90_000)

test('a cluster that is out of reach at first use is found when it comes, and a hint says so', async () => {
  const { configMap, keyOf, observeOne, proxy, hints, other } = await clusterScene(controlPlane())
  await other.create(configMap('a'))
  await proxy.refuse()
  hints()
  await expect(observeOne(keyOf('a'))).rejects.toMatchObject({
    code: 'CLUSTER_UNREACHABLE',
    kind: 'transient',
  })
  await proxy.restore()
  await expect.poll(() => saysAll(hints()), patient).toBe(true)
  expect(await observeOne(keyOf('a'))).toMatchObject({ key: keyOf('a') })
}, 60_000)

test('credentials that are taken back in the middle make looks throw once the watch has to be dialled again', async () => {
  const name = randomUUID()
  const rules = [{ verbs: ['*'], apiGroups: [''], resources: ['configmaps', 'namespaces'] }]
  const user = await controlPlane().addUser({ name, rules })
  const { create, configMap, keyOf, observeOne, proxy, hints } = await clusterScene(controlPlane(), {
    kubeconfigText: user.kubeconfig,
  })
  const made = await create(configMap('a'))
  expect(await observeOne(keyOf('a'))).toEqual(made)
  hints()
  user.revoke()
  await expect.poll(async () => (await user.call('GET', '/api')).status, patient).toBe(401)
  proxy.reset()
  await expect
    .poll(() => observeOne(keyOf('a')).then(String, (error: { code: string }) => error.code), patient)
    .toBe('UNAUTHORIZED')
  await expect.poll(() => saysAll(hints()), patient).toBe(true)
}, 60_000)

// The last one: it ends what the others need.
test('an API server that was killed and comes again with its data is seen again, with what happened meanwhile', async () => {
  const { create, configMap, keyOf, observeOne, hints, other, apply } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await observeOne(keyOf('a'))
  hints()
  await controlPlane().apiServer.kill()
  await expect
    .poll(() => observeOne(keyOf('a')).then(String, (error: { code: string }) => error.code), patient)
    .toBe('CLUSTER_UNREACHABLE')
  await expect.poll(() => saysAll(hints()), patient).toBe(true)
  await controlPlane().apiServer.start()
  await other.patch(keyOf('a'), { data: { theirs: 'yes' } })
  const live = await other.read(keyOf('a'))
  await expect
    .poll(() => observeOne(keyOf('a')).then((seen) => seen?.version, String), patient)
    .toBe(live?.metadata.resourceVersion)
  await apply('update', configMap('a', { color: 'red' }), present(made))
}, 90_000)

/** A scene whose requests can be told from everybody else's. */
async function counted() {
  const user = randomUUID()
  const rules = [{ verbs: ['*'], apiGroups: [''], resources: ['configmaps', 'namespaces'] }]
  const { kubeconfig } = await controlPlane().addUser({ name: user, rules })
  return { user, scene: await clusterScene(controlPlane(), { kubeconfigText: kubeconfig }) }
}
