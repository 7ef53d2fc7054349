import type { Store } from '@mooring/core'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { deltaOf, entries, errorOf, historyOf } from './deltas.ts'
import { type StoreScene, sceneOfTest, tinyLimits } from './store-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })

/** Two applications in chunks, committed by a store that is not used any more. */
async function kept(): Promise<{ readonly scene: StoreScene; readonly other: () => Store }> {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store({ limits: tinyLimits })
  const { epoch } = await store.open(scene.never)
  const delta = deltaOf({ set: entries(30), history: [1, 2, 3, 4].map((at) => historyOf(at)) })
  for (const application of ['shop', 'Shop_2']) {
    await store.commit(application, delta, { ...scene.never, expected: undefined, epoch })
  }
  return { scene, other: () => scene.store({ limits: tinyLimits }) }
}

const nameOf = async (scene: StoreScene, part: string): Promise<string> => {
  const name = (await scene.names(part)).find((one) => one.includes(`.${part}.shop`))
  return name ?? expect.fail(`No ${part} of shop`)
}

const flipped = (text: string): string => {
  const bytes = Buffer.from(text, 'base64')
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 4
  return bytes.toString('base64')
}

async function replaceContent(scene: StoreScene, part: string, field: string): Promise<string> {
  const name = await nameOf(scene, part)
  const secret = (await scene.secrets()).find(({ metadata }) => metadata.name === name)
  await scene.patch(name, { data: { [field]: flipped(secret?.data?.[field] ?? '') } })
  return name
}

/** An immutable Secret can only be deleted and made again. */
async function remake(scene: StoreScene, part: string): Promise<string> {
  const name = await nameOf(scene, part)
  const secret = (await scene.secrets()).find(({ metadata }) => metadata.name === name)
  await scene.remove(name)
  const { labels, annotations } = secret?.metadata ?? expect.fail('It was there')
  const data = { items: flipped(secret?.data?.items ?? '') }
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels, annotations }, data }
  const path = `/api/v1/namespaces/${scene.namespace}/secrets`
  expect((await controlPlane().admin.call('POST', path, { body })).status).toBe(201)
  return name
}

async function removeOne(scene: StoreScene, part: string): Promise<string> {
  const name = await nameOf(scene, part)
  await scene.remove(name)
  return name
}

const damages: readonly [string, (scene: StoreScene) => Promise<string>][] = [
  ['a flipped bit in a head', (scene) => replaceContent(scene, 'application', 'state')],
  ['a missing head', (scene) => removeOne(scene, 'application')],
  ['a missing chunk', (scene) => removeOne(scene, 'inventory')],
  ['a flipped bit in a chunk', (scene) => remake(scene, 'inventory')],
  [
    'a head that holds nothing',
    async (scene) => {
      const name = await nameOf(scene, 'application')
      await scene.patch(name, { data: null })
      return name
    },
  ],
  [
    'the head of another application',
    async (scene) => {
      const name = await nameOf(scene, 'application')
      const all = await scene.secrets()
      const other = all.find((one) => one.metadata.name.includes('application.sha256-'))
      await scene.patch(name, { data: { state: other?.data?.state } })
      return name
    },
  ],
  [
    'a head without its annotations',
    async (scene) => {
      const name = await nameOf(scene, 'application')
      await scene.patch(name, { metadata: { annotations: null } })
      return name
    },
  ],
]

test.for(damages)('calls %s STORE_DAMAGED, and never reads it as nothing', async ([, damage]) => {
  const { scene, other } = await kept()
  const name = await damage(scene)
  const store = other()
  for (const time of ['before it is opened', 'after']) {
    const error = await errorOf(store.load('shop', scene.never))
    expect(error, time).toMatchObject({ code: 'STORE_DAMAGED', kind: 'permanent' })
    expect(error.message).toContain(`${scene.namespace}/${name}`)
    await store.open(scene.never)
  }
  const { epoch } = await store.open(scene.never)
  const commit = store.commit('shop', deltaOf({ set: entries(30, 'x') }), {
    ...scene.never,
    expected: undefined,
    epoch,
  })
  await expect(commit).rejects.toMatchObject({ code: /STORE_DAMAGED|STATE_CONFLICT/ })
  expect((await store.load('Shop_2', scene.never))?.value.inventory.size).toBe(30)
})

test('calls a missing chunk of history STORE_DAMAGED', async () => {
  const { scene, other } = await kept()
  const name = await removeOne(scene, 'history')
  const store = other()
  const error = await errorOf(store.history('shop', { ...scene.never, limit: 10 }))
  expect(error.code).toBe('STORE_DAMAGED')
  expect(error.message).toContain(name)
})

test('leaves a lost application out of no list', async () => {
  const { scene, other } = await kept()
  await removeOne(scene, 'application')
  await expect(other().list(scene.never)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})

test('makes no new installation where other Secrets of the store are', async () => {
  const { scene, other } = await kept()
  await scene.remove('mooring.installation')
  for (const reading of [false, true]) {
    const opening = other().open({ ...scene.never, reading })
    await expect(opening).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  }
})

test('takes no store for empty that has lost everything since it was opened', async () => {
  const { scene, other } = await kept()
  const store = other()
  await store.open(scene.never)
  for (const name of await scene.names()) await scene.remove(name)
  await expect(store.load('shop', scene.never)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})

test.for(['digestKey', 'id'])(
  'calls a flipped bit in the %s of the installation STORE_DAMAGED',
  async (field) => {
    const { scene, other } = await kept()
    const secret = (await scene.secrets()).find(({ metadata }) => metadata.name === 'mooring.installation')
    await scene.patch('mooring.installation', { data: { [field]: flipped(secret?.data?.[field] ?? '') } })
    await expect(other().open(scene.never)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  },
)

test('says how an application starts anew, and it does', async () => {
  const { scene, other } = await kept()
  await removeOne(scene, 'inventory')
  const store = other()
  const { hint } = await errorOf(store.load('shop', scene.never))
  const selector = /kubectl delete secrets -n \S+ -l (\S+),/.exec(hint)?.[1] ?? ''
  const [, patched = '', patch = ''] =
    /kubectl patch secret (\S+) -n \S+ --type json -p '(.*)'/.exec(hint) ?? []
  const path = `/api/v1/namespaces/${scene.namespace}/secrets`
  await controlPlane().admin.call('DELETE', `${path}?labelSelector=${encodeURIComponent(selector)}`)
  const contentType = 'application/json-patch+json'
  const body: unknown = JSON.parse(patch)
  const answer = await controlPlane().admin.call('PATCH', `${path}/${patched}`, { body, contentType })
  expect(answer.status).toBe(200)
  const { epoch } = await store.open(scene.never)
  expect(await store.load('shop', scene.never)).toBeUndefined()
  const on = { ...scene.never, expected: undefined, epoch }
  await store.commit('shop', deltaOf({ set: entries(2) }), on)
  expect(await store.list(scene.never)).toEqual(['Shop_2', 'shop'])
})

test('leaves what a later version wrote alone', async () => {
  const { scene, other } = await kept()
  const later = { metadata: { annotations: { 'mooring.dev/store-format': '2' } } }
  await scene.patch(await nameOf(scene, 'application'), later)
  const store = other()
  await expect(store.load('shop', scene.never)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' })
  await scene.patch('mooring.installation', later)
  const before = await scene.secrets()
  await expect(store.open(scene.never)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' })
  expect(await scene.secrets()).toEqual(before)
})
