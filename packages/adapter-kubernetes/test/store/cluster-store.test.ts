import { randomBytes } from 'node:crypto'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import type { InventoryEntry } from '@mooring/core'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { storeLimits } from '../../src/store/store-limits.ts'
import type { Api } from '../../src/transport/api.ts'
import { deltaOf, entries, entryOf, errorOf, historyOf } from './deltas.ts'
import { sceneOfTest } from './store-scene.ts'
import { tinyLimits } from './tiny-limits.ts'

const controlPlane = sharedControlPlane({ controllers: false })

test('shares the connection of its cluster, which closes when the last user leaves', async () => {
  const namespace = await controlPlane().createNamespace()
  const cluster = kubernetesCluster({ kubeconfig: { text: controlPlane().admin.kubeconfig }, name: 'prod' })
  onTestFinished(() => cluster[Symbol.asyncDispose]())
  const store = cluster.store({ namespace })
  const { signal } = new AbortController()
  expect(store.name).toBe(`kubernetes:prod/${namespace}/mooring`)
  await store.open({ signal })
  await store[Symbol.asyncDispose]()
  await expect(store.load('shop', { signal })).rejects.toMatchObject({ code: 'STORE_DISPOSED' })
  const again = cluster.store({ namespace })
  expect((await again.open({ signal })).epoch).toBe(2)
  await again[Symbol.asyncDispose]()
})

test('keeps stores of one namespace apart by their names', async () => {
  const scene = await sceneOfTest(controlPlane())
  const [one, other] = [scene.store(), scene.store({ name: 'mooring-2' })]
  const opened = [await one.open(scene.never), await other.open(scene.never)]
  expect(opened[0]?.id).not.toBe(opened[1]?.id)
  await one.commit('shop', deltaOf(), { ...scene.never, epoch: 1, expected: undefined })
  await other.commit('blog', deltaOf(), { ...scene.never, epoch: 1, expected: undefined })
  expect([await one.list(scene.never), await other.list(scene.never)]).toEqual([['shop'], ['blog']])
})

test.for([
  ['namespace', { namespace: 'Not_A_Label' }],
  ['name', { name: 'a.b' }],
  ['name', { name: 'x'.repeat(41) }],
  ['historyEntries', { historyEntries: 0 }],
] as const)('refuses a %s that cannot be used', async ([option, options]) => {
  const cluster = kubernetesCluster({ kubeconfig: { text: '' } })
  const make = () => cluster.store({ namespace: 'mooring', ...options })
  expect(make).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(option) }),
  )
})

test('marks its Secrets as its own, and as no application`s', async () => {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store({ limits: tinyLimits })
  await store.open(scene.never)
  const delta = deltaOf({ set: entries(30), history: [1, 2, 3, 4].map((at) => historyOf(at)) })
  await store.commit('Shop_1', delta, { ...scene.never, epoch: 1, expected: undefined })
  const secrets = await scene.secrets()
  const parts = secrets.map(({ metadata }) => metadata.labels['mooring.dev/store-part'])
  expect(new Set(parts)).toEqual(new Set(['installation', 'application', 'inventory', 'history']))
  for (const { metadata } of secrets) {
    expect(metadata.annotations['mooring.dev/prune']).toBe('disabled')
    expect(metadata.annotations['mooring.dev/owner']).toBeUndefined()
    expect(metadata.labels['mooring.dev/installation']).toBeUndefined()
  }
})

/** What a store asks, as `GET application`. */
function asked(requests: string[]) {
  return (api: Api): Api => ({
    ...api,
    call: (request) => {
      const part =
        /mooring\.(\w+)/.exec(`${request.path} ${JSON.stringify(request.body ?? '')}`)?.[1] ?? 'all'
      requests.push(`${request.method} ${part}`)
      return api.call(request)
    },
  })
}

test('commits a small application with one read and one write', async () => {
  const scene = await sceneOfTest(controlPlane())
  const requests: string[] = []
  const store = scene.store({ through: asked(requests) })
  await store.open(scene.never)
  const on = { ...scene.never, epoch: 1 }
  const delta = deltaOf({ set: entries(200), history: [historyOf(1)] })
  const first = await store.commit('shop', delta, { ...on, expected: undefined })
  requests.length = 0
  await store.commit('shop', deltaOf({ set: entries(1), history: [historyOf(2)] }), {
    ...on,
    expected: first,
  })
  expect(requests).toEqual(['GET application', 'PUT application'])
})

test('writes only what a change of a large inventory touches', async () => {
  const scene = await sceneOfTest(controlPlane())
  const requests: string[] = []
  const store = scene.store({ through: asked(requests) })
  await store.open(scene.never)
  const on = { ...scene.never, epoch: 1 }
  let version = await store.commit('shop', deltaOf({ set: entries(10_000) }), { ...on, expected: undefined })
  const chunks = await scene.names('inventory')
  expect(chunks.length).toBeGreaterThan(8)
  requests.length = 0
  const one = deltaOf({ set: entries(1, 'one') })
  version = await store.commit('shop', one, { ...on, expected: version })
  expect(requests).toEqual(['GET application', 'PUT application'])
  // 500 neighbours have no room in the head; the others stay where they are.
  const some = deltaOf({ set: entries(500, 'some') })
  await store.commit('shop', some, { ...on, expected: version })
  const kept = (await scene.names('inventory')).filter((name) => chunks.includes(name))
  expect(kept.length).toBe(chunks.length - 1)
  const { inventory } = (await scene.store().load('shop', scene.never))?.value ?? expect.fail()
  expect(inventory.size).toBe(10_000)
  expect([...inventory.values()].filter(({ owned }) => owned?.digest === 'some')).toHaveLength(500)
})

test('keeps what a map keeps, through any commits', async () => {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store({ limits: { ...tinyLimits, chunk: 1500 } })
  await store.open(scene.never)
  const key = fc.integer({ min: 0, max: 60 }).map((at) => `key ${at}`)
  const delta = fc.record({
    set: fc.uniqueArray(key, { maxLength: 25 }),
    remove: fc.uniqueArray(key, { maxLength: 40 }),
    digest: fc.string({ maxLength: 8 }),
  })
  let round = 0
  const property = fc.asyncProperty(fc.array(delta, { minLength: 1, maxLength: 8 }), async (deltas) => {
    const application = `app-${round++}`
    const model = new Map<string, InventoryEntry>()
    let expected: string | undefined
    for (const { set, remove, digest } of deltas) {
      const written = set.map((one) => entryOf(one, digest))
      for (const one of remove) model.delete(one)
      for (const entry of written) model.set(entry.key, entry)
      const on = { ...scene.never, epoch: 1, expected }
      expected = await store.commit(application, deltaOf({ set: written, remove }), on)
    }
    expect((await store.load(application, scene.never))?.value.inventory).toEqual(model)
  })
  await fc.assert(property, { numRuns: 12, endOnFailure: true })
})

test('keeps as many history entries as it is told, some dozens more, and forgets older ones', async () => {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store({ limits: tinyLimits, historyEntries: 20 })
  await store.open(scene.never)
  let expected: string | undefined
  for (let at = 1; at <= 60; at++) {
    const on = { ...scene.never, epoch: 1, expected }
    expected = await store.commit('shop', deltaOf({ history: [historyOf(at)] }), on)
  }
  const times = (await store.history('shop', { ...scene.never, limit: 100 })).map(({ at }) => at)
  expect(times.length).toBeGreaterThanOrEqual(20)
  expect(times.length).toBeLessThan(30)
  expect(times).toEqual(times.map((_, at) => 60 - at))
  expect((await scene.names('history')).length).toBeLessThan(15)
})

test('takes content up to its limit, which the API server takes as well, and refuses more', async () => {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store()
  await store.open(scene.never)
  const on = { ...scene.never, epoch: 1, expected: undefined }
  // Random, so that compressing it gains little: base64 text of n bytes has n bytes in it.
  const large = (bytes: number) => deltaOf({ set: [entryOf('large', randomBytes(bytes).toString('base64'))] })
  await store.commit('fits', large(storeLimits.objectBytes * 0.97), on)
  expect((await store.load('fits', scene.never))?.value.inventory.size).toBe(1)
  const error = await errorOf(store.commit('shop', large(storeLimits.objectBytes * 1.1), on))
  expect(error).toMatchObject({ code: 'STATE_TOO_LARGE', kind: 'permanent' })
  expect(await store.load('shop', scene.never)).toBeUndefined()
})

test('names a namespace that is missing', async () => {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store({ namespace: 'nowhere' })
  const error = await errorOf(store.open(scene.never))
  expect(error).toMatchObject({ code: 'NAMESPACE_MISSING', kind: 'transient' })
  expect(error.message).toContain('nowhere')
})
