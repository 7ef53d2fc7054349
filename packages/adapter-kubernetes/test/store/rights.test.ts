import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { deltaOf, entries, errorOf, historyOf } from './deltas.ts'
import { sceneOfTest, tinyLimits } from './store-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })

const secretsRule = (...verbs: readonly string[]) => [{ verbs, apiGroups: [''], resources: ['secrets'] }]

test('needs no more than six verbs on Secrets of its namespace', async () => {
  const scene = await sceneOfTest(controlPlane())
  const as = await controlPlane().addUser({
    name: 'store-keeper',
    namespace: scene.namespace,
    rules: secretsRule('get', 'list', 'create', 'update', 'patch', 'delete'),
  })
  const store = scene.store({ as, limits: tinyLimits })
  const { epoch } = await store.open(scene.never)
  const delta = deltaOf({ set: entries(30), history: [1, 2, 3].map((at) => historyOf(at)) })
  const first = await store.commit('shop', delta, { ...scene.never, expected: undefined, epoch })
  const again = await store.open(scene.never)
  const expected = await store.commit('shop', delta, { ...scene.never, expected: first, epoch: again.epoch })
  expect(await store.list(scene.never)).toEqual(['shop'])
  await store.remove('shop', { ...scene.never, expected, epoch: again.epoch })
  expect(await scene.names()).toEqual(['mooring.installation'])
})

test('reads with two verbs', async () => {
  const scene = await sceneOfTest(controlPlane())
  const writer = scene.store({ limits: tinyLimits })
  const opened = await writer.open(scene.never)
  const on = { ...scene.never, expected: undefined, epoch: opened.epoch }
  await writer.commit('shop', deltaOf({ set: entries(30), history: [historyOf(1)] }), on)
  const { namespace } = scene
  const as = await controlPlane().addUser({ name: 'reader', namespace, rules: secretsRule('get', 'list') })
  const reader = scene.store({ as })
  expect(await reader.open({ ...scene.never, reading: true })).toEqual(opened)
  expect((await reader.load('shop', scene.never))?.value.inventory.size).toBe(30)
  expect(await reader.history('shop', { ...scene.never, limit: 9 })).toEqual([historyOf(1)])
  expect(await reader.list(scene.never)).toEqual(['shop'])
})

test.for([
  ['get', 'list', 'update'],
  ['get', 'create', 'update'],
  ['list', 'create'],
])('names the whole role where only %s is granted', async (verbs) => {
  const scene = await sceneOfTest(controlPlane())
  const as = await controlPlane().addUser({
    name: `limited-${verbs.join('-')}`,
    namespace: scene.namespace,
    rules: secretsRule(...verbs),
  })
  const error = await errorOf(scene.store({ as }).open(scene.never))
  expect(error).toMatchObject({ code: 'FORBIDDEN', kind: 'permanent' })
  expect(error.hint).toContain('verbs: ["get", "list", "create", "update", "patch", "delete"]')
  expect(error.hint).toContain(scene.namespace)
})
