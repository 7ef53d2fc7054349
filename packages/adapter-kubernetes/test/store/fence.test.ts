import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import type { Api, ApiRequest } from '../../src/transport/api.ts'
import { deltaOf, entries, errorOf, historyOf } from './deltas.ts'
import { inVain } from './in-vain.ts'
import { sceneOfTest } from './store-scene.ts'
import { tinyLimits } from './tiny-limits.ts'

const controlPlane = sharedControlPlane({ controllers: false })

/** Holds the first request that is meant back until it is released, as a process that is stopped does. */
function holding(isMeant: (request: ApiRequest) => boolean) {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let isHeld = false
  return {
    reached: reached.promise,
    release: () => released.resolve(),
    through: (api: Api): Api => ({
      ...api,
      call: async (request) => {
        if (!isHeld && isMeant(request)) {
          isHeld = true
          reached.resolve()
          await released.promise
        }
        return api.call(request)
      },
    }),
  }
}

const replacesHead = ({ method, path }: ApiRequest): boolean =>
  method === 'PUT' && path.includes('.application.')

test.for([
  ['commit', 'shop'],
  ['removal', 'shop'],
] as const)(
  'refuses a %s that was about to replace the head when another engine opened',
  async ([work, name]) => {
    const scene = await sceneOfTest(controlPlane())
    const held = holding((request) => isArmed && replacesHead(request))
    let isArmed = false
    const store = scene.store({ limits: tinyLimits, through: held.through })
    const { epoch } = await store.open(scene.never)
    const on = { ...scene.never, epoch }
    const expected = await store.commit(name, deltaOf({ set: entries(20) }), { ...on, expected: undefined })
    isArmed = true
    const delta = deltaOf({ set: entries(30, 'late'), history: [historyOf(1)] })
    const late = errorOf(
      work === 'commit'
        ? store.commit(name, delta, { ...on, expected })
        : store.remove(name, { ...on, expected }),
    )
    await held.reached
    const other = scene.store({ limits: tinyLimits })
    const opened = await other.open(scene.never)
    held.release()
    expect(await late).toMatchObject({ code: 'SUPERSEDED', kind: 'permanent' })
    const found = await other.load(name, scene.never)
    expect([found?.version, found?.value.inventory.size]).toEqual([expected, 20])
    await other.commit(name, deltaOf(), { ...scene.never, epoch: opened.epoch, expected })
  },
)

const steps: Readonly<Record<string, (request: ApiRequest) => boolean>> = {
  'make its head': ({ method, path }) => method === 'POST' && path.endsWith('/secrets'),
  'register it': ({ method, path }) => method === 'PATCH' && path.endsWith('.installation'),
  'fill its head': replacesHead,
}

test.for(Object.keys(steps))(
  'refuses a first commit that was about to %s when another engine opened',
  async (step) => {
    const scene = await sceneOfTest(controlPlane())
    let isArmed = false
    const held = holding((request) => isArmed && steps[step]?.(request) === true)
    const store = scene.store({ limits: tinyLimits, through: held.through })
    const { epoch } = await store.open(scene.never)
    isArmed = true
    const delta = deltaOf({ set: entries(30), history: [historyOf(1)] })
    const late = errorOf(store.commit('shop', delta, { ...scene.never, epoch, expected: undefined }))
    await held.reached
    const other = scene.store({ limits: tinyLimits })
    const opened = await other.open(scene.never)
    expect(await other.load('shop', scene.never)).toBeUndefined()
    held.release()
    expect(await late).toMatchObject({ code: 'SUPERSEDED' })
    expect(await other.load('shop', scene.never)).toBeUndefined()
    expect(await other.list(scene.never)).toEqual([])
    await other.commit('shop', delta, { ...scene.never, epoch: opened.epoch, expected: undefined })
    await scene.store().open(scene.never)
    expect(await inVain(scene)).toEqual([])
  },
)

test('shows a new engine what the one before committed while it was opening', async () => {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store()
  const { epoch } = await store.open(scene.never)
  const on = { ...scene.never, epoch }
  const expected = await store.commit('shop', deltaOf(), { ...on, expected: undefined })
  const held = holding(({ method, path }) => method === 'PATCH' && path.includes('.application.'))
  const other = scene.store({ through: held.through })
  const opening = other.open(scene.never)
  await held.reached
  const version = await store.commit('shop', deltaOf({ set: entries(3) }), { ...on, expected })
  held.release()
  const opened = await opening
  const found = await other.load('shop', scene.never)
  expect([found?.version, found?.value.inventory.size]).toEqual([version, 3])
  const late = store.commit('shop', deltaOf(), { ...on, expected: version })
  await expect(late).rejects.toMatchObject({ code: 'SUPERSEDED' })
  await other.commit('shop', deltaOf(), { ...scene.never, epoch: opened.epoch, expected: version })
})

test('gives the newer state when the chunks of the one it reads are deleted meanwhile', async () => {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store({ limits: tinyLimits })
  const { epoch } = await store.open(scene.never)
  const on = { ...scene.never, epoch }
  const first = await store.commit('shop', deltaOf({ set: entries(30) }), { ...on, expected: undefined })
  const held = holding(({ method, path }) => method === 'GET' && path.includes('.inventory.'))
  const reading = scene.store({ through: held.through }).load('shop', scene.never)
  await held.reached
  const second = await store.commit('shop', deltaOf({ set: entries(30, 'new') }), { ...on, expected: first })
  held.release()
  expect((await reading)?.version).toBe(second)
})
