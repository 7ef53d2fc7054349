import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { Observation } from '@mooring/core'
import { expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { clusterScene, present, saysAll } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })

test('while what the watch tells comes late, observe is never older than what was applied', async () => {
  const { create, apply, configMap, keyOf, observeOne, proxy } = await clusterScene(controlPlane())
  let live = await create(configMap('a'))
  await observeOne(keyOf('a'))
  proxy.latency(40)
  for (const color of ['red', 'green', 'blue', 'red', 'green']) {
    const { observation } = await apply('update', configMap('a', { color }), present(live))
    live = observation as Observation
    const seen = await observeOne(keyOf('a'))
    expect(Number(seen?.version)).toBeGreaterThanOrEqual(Number(live.version))
    expect(seen?.fingerprint).toBe(live.fingerprint)
  }
})

test('what one target applied another target on the same cluster sees', async () => {
  const { create, apply, configMap, keyOf, observeOne, cluster, call, proxy } = await clusterScene(
    controlPlane(),
  )
  const another = cluster.target({})
  const seenBy = async () => (await another.observe([keyOf('a')], call)).get(keyOf('a'))
  await observeOne(keyOf('a'))
  await seenBy()
  proxy.latency(40)
  const made = await create(configMap('a'))
  expect(await seenBy()).toEqual(made)
  await apply('delete', configMap('a'), present(made, true))
  expect(await seenBy()).toBeUndefined()
  await another[Symbol.asyncDispose]()
})

test('what was deleted does not come back with late events', async () => {
  const { create, apply, configMap, keyOf, observeOne, other, proxy } = await clusterScene(controlPlane())
  await observeOne(keyOf('a'))
  for (let round = 0; round < 10; round++) {
    const made = await create(configMap('a'))
    await other.patch(keyOf('a'), { data: { theirs: String(round) } })
    const live = await other.read(keyOf('a'))
    proxy.latency(20)
    const version = live?.metadata.resourceVersion ?? ''
    await apply('delete', configMap('a'), present({ ...made, version }, true))
    for (let look = 0; look < 5; look++) expect(await observeOne(keyOf('a'))).toBeUndefined()
    await proxy.restore()
  }
})

// Of those who look, nobody waits for the network: they give way to it.
test('writes and looks side by side never show a state older than the last answer', async () => {
  const { create, apply, configMap, keyOf, observeOne, other } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  let answered = made.version ?? ''
  let isOver = false
  onTestFinished(() => {
    isOver = true
  })
  const intrude = async (): Promise<void> => {
    for (let n = 0; !isOver; n++) await other.patch(keyOf('a'), { data: { theirs: String(n) } })
  }
  const look = async (): Promise<number> => {
    let looks = 0
    for (; !isOver; looks++) {
      const before = answered
      const seen = await observeOne(keyOf('a'))
      expect(Number(seen?.version)).toBeGreaterThanOrEqual(Number(before))
      await turn()
    }
    return looks
  }
  const looking = [look(), look(), look()]
  const intruding = intrude()
  for (let n = 0; n < 50; n++) {
    const { observation } = await apply('update', configMap('a', { color: String(n) }), present(made))
    answered = observation?.version ?? ''
  }
  isOver = true
  await intruding
  expect((await Promise.all(looking)).every((looks) => looks > 20)).toBe(true)
})

test('what never had our label is seen', async () => {
  const { configMap, keyOf, observeOne, other } = await clusterScene(controlPlane())
  expect(await observeOne(keyOf('a'))).toBeUndefined()
  await other.create(configMap('a'))
  expect(await observeOne(keyOf('a'))).toMatchObject({ key: keyOf('a'), uid: expect.any(String) })
})

test('what lost our label is still seen, and a hint says so', async () => {
  const { configMap, create, keyOf, observeOne, other, hints } = await clusterScene(controlPlane())
  const made = await create(configMap('a'))
  await observeOne(keyOf('a'))
  hints()
  await other.patch(keyOf('a'), { metadata: { labels: null } })
  await expect.poll(() => hints().some((hint) => 'keys' in hint && hint.keys.includes(keyOf('a')))).toBe(true)
  expect(await observeOne(keyOf('a'))).toMatchObject({ uid: made.uid, owner: made.owner })
})

test('what cannot be read is an error, never absent', async () => {
  const user = await controlPlane().addUser({
    name: randomUUID(),
    rules: [
      { verbs: ['list', 'watch'], apiGroups: [''], resources: ['configmaps'] },
      { verbs: ['get'], apiGroups: [''], resources: ['namespaces'] },
    ],
  })
  const { keyOf, observe } = await clusterScene(controlPlane(), { kubeconfigText: user.kubeconfig })
  await expect(observe(keyOf('a'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('many missing keys are confirmed by one list of names', async () => {
  const { user, scene } = await counted()
  await scene.observe(scene.keyOf('a'))
  const after = (await controlPlane().requests({ user })).length
  const keys = Array.from({ length: 50 }, (_, n) => scene.keyOf(`missing-${n}`))
  expect(await scene.observe(...keys)).toEqual(new Map())
  expect(await controlPlane().requestCounts({ user, after })).toEqual({ 'list configmaps': 1 })
})

test('a namespace with thousands of strangers is not listed to the end for a few keys', async () => {
  const { user, scene } = await counted()
  await scene.observe(scene.keyOf('a'))
  const names = Array.from({ length: 1_600 }, (_, n) => `stranger-${n}`)
  for (let at = 0; at < names.length; at += 50)
    await Promise.all(names.slice(at, at + 50).map((name) => scene.other.create(scene.configMap(name))))
  const after = (await controlPlane().requests({ user })).length
  const keys = Array.from({ length: 9 }, (_, n) => scene.keyOf(`missing-${n}`))
  expect(await scene.observe(...keys)).toEqual(new Map())
  expect(await controlPlane().requestCounts({ user, after })).toEqual({
    'list configmaps': 1,
    'get configmaps': 9,
  })
}, 60_000)

test('a fresh look sees what the watch has not told, and a hundred at once cost few lists', async () => {
  const { user, scene } = await counted()
  const { keyOf, create, configMap, observeFresh, observeOne, other, proxy } = scene
  await create(configMap('a'))
  await observeOne(keyOf('a'))
  proxy.latency(50)
  await other.patch(keyOf('a'), { data: { theirs: 'yes' } })
  const live = await other.read(keyOf('a'))
  expect((await observeFresh(keyOf('a'))).get(keyOf('a'))?.version).toBe(live?.metadata.resourceVersion)
  const after = (await controlPlane().requests({ user })).length
  await Promise.all(Array.from({ length: 100 }, () => observeFresh(keyOf('a'))))
  const counts = await controlPlane().requestCounts({ user, after })
  expect(counts['list configmaps']).toBeLessThanOrEqual(2)
})

test('a hundred targets share one discovery, one identity and one watch', async () => {
  const { user, scene } = await counted()
  const { cluster, call, keyOf } = scene
  const targets = Array.from({ length: 100 }, () => cluster.target({}))
  const asked = targets.map(async (target) => {
    await target.identity(call)
    await target.observe([keyOf('a')], call)
  })
  await Promise.all(asked)
  const counts = await controlPlane().requestCounts({ user })
  expect(counts).toMatchObject({
    'get namespaces': 1,
    'list configmaps': 1,
    'watch configmaps': 1,
    'get /api': 1,
    'get /apis': 1,
  })
  expect(counts['get configmaps']).toBeLessThanOrEqual(3)
  for (const target of targets) await target[Symbol.asyncDispose]()
})

test('a change of one object is told only to who asked for it', async () => {
  const { cluster, call, keyOf, create, configMap, observeOne, other, hints } = await clusterScene(
    controlPlane(),
  )
  const another = cluster.target({})
  await create(configMap('a'))
  await observeOne(keyOf('a'))
  await another.observe([keyOf('b')], call)
  const told: unknown[] = []
  const ended = new AbortController()
  void (async () => {
    for await (const hint of another.watch?.({ signal: ended.signal }) ?? []) told.push(hint)
  })()
  hints()
  await other.patch(keyOf('a'), { data: { color: 'green' } })
  await expect.poll(() => hints()).toEqual([{ keys: [keyOf('a')] }])
  expect(saysAll(hints())).toBe(false)
  expect(told).toEqual([])
  ended.abort()
  await another[Symbol.asyncDispose]()
})

/** A scene whose requests can be told from everybody else's. */
async function counted() {
  const user = randomUUID()
  const rules = [{ verbs: ['*'], apiGroups: [''], resources: ['configmaps', 'namespaces'] }]
  const { kubeconfig } = await controlPlane().addUser({ name: user, rules })
  return { user, scene: await clusterScene(controlPlane(), { kubeconfigText: kubeconfig }) }
}
