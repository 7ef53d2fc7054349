import { type ApplicationState, MooringError, type Store } from '@mooring/core'
import { expect, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import type { Api } from '../../src/transport/api.ts'
import { deltaOf, entries, historyOf } from './deltas.ts'
import { inVain } from './in-vain.ts'
import { sceneOfTest } from './store-scene.ts'
import { tinyLimits } from './tiny-limits.ts'

const controlPlane = sharedControlPlane({ controllers: false })

/** What got lost: the request, which then has no effect, or only its answer. */
type Lost = 'request' | 'answer'

/** Loses one request, counted from `begin` on, and answers all others as the API server does. */
function losing(lost: Lost, at: number) {
  let left = Number.POSITIVE_INFINITY
  return {
    begin: () => {
      left = at
    },
    /** Loses nothing from now on; whether it did. */
    end: () => {
      const hasLost = left <= 0
      left = Number.POSITIVE_INFINITY
      return hasLost
    },
    through: (api: Api): Api => ({
      ...api,
      call: async (request) => {
        left--
        if (left !== 0) return api.call(request)
        if (lost === 'answer') await api.call(request)
        throw new MooringError({ code: 'CLUSTER_UNREACHABLE', kind: 'transient', message: 'It got lost' })
      },
    }),
  }
}

interface Work {
  readonly before: boolean
  readonly run: (
    store: Store,
    application: string,
    on: { signal: AbortSignal; epoch: number; expected: string | undefined },
  ) => Promise<unknown>
  /** How many entries there are when it had its effect; undefined for no state. */
  readonly after: number | undefined
}

const first = deltaOf({ set: entries(30, 'before'), history: [1, 2, 3].map((at) => historyOf(at)) })
const second = deltaOf({ set: entries(40, 'after'), history: [4, 5, 6].map((at) => historyOf(at)) })

const works: Readonly<Record<string, Work>> = {
  'first commit': { before: false, run: (store, app, on) => store.commit(app, second, on), after: 40 },
  commit: { before: true, run: (store, app, on) => store.commit(app, second, on), after: 40 },
  removal: {
    before: true,
    run: (store, app, on) => store.remove(app, { ...on, expected: on.expected ?? '' }),
    after: undefined,
  },
}

const cases = Object.keys(works).flatMap((name) =>
  (['request', 'answer'] as const).map((lost) => [name, lost] as const),
)

test.for(cases)(
  'has a %s whole or not at all, whichever %s gets lost, and leaves nothing behind',
  {
    timeout: 120_000,
  },
  async ([name, lost]) => {
    const { before, run, after } = works[name] ?? expect.fail()
    const scene = await sceneOfTest(controlPlane())
    const healthy = scene.store({ limits: tinyLimits })
    const { epoch } = await healthy.open(scene.never)
    const sizes = new Set<number | undefined>()
    for (let at = 1; ; at++) {
      const application = `App_${at}`
      const on = { ...scene.never, epoch, expected: undefined }
      const expected = before ? await healthy.commit(application, first, on) : undefined
      const fault = losing(lost, at)
      const store = scene.store({ limits: tinyLimits, through: fault.through })
      await store.open({ ...scene.never, reading: true })
      fault.begin()
      const failed = await run(store, application, { ...on, expected }).then(
        () => false,
        (thrown: unknown) => (thrown as MooringError).code === 'CLUSTER_UNREACHABLE',
      )
      const found = await healthy.load(application, scene.never)
      const sizeBefore = before ? 30 : undefined
      expect(failed ? [sizeBefore, after] : [after]).toContain(found?.value.inventory.size)
      sizes.add(found?.value.inventory.size)
      expectWhole(found?.value)
      // The engine looks, and decides anew; here the same again.
      if (found?.value.inventory.size !== after)
        await run(healthy, application, { ...on, expected: found?.version })
      const history = await healthy.history(application, { ...scene.never, limit: 10 })
      expect(history.map((entry) => entry.at)).toEqual(historyAfter(name))
      if (!fault.end()) break
    }
    expect(sizes).toEqual(new Set([before ? 30 : undefined, after]))
    await scene.store({ limits: tinyLimits }).open(scene.never)
    expect(await inVain(scene)).toEqual([])
  },
)

const historyAfter = (name: string): readonly number[] =>
  name === 'commit' ? [6, 5, 4, 3, 2, 1] : name === 'removal' ? [] : [6, 5, 4]

function expectWhole(state: ApplicationState | undefined): void {
  const digests = new Set([...(state?.inventory.values() ?? [])].map(({ owned }) => owned?.digest))
  expect(digests.size).toBeLessThanOrEqual(1)
}

test.for(['request', 'answer'] as const)('opens again after whichever %s got lost', async (lost) => {
  const scene = await sceneOfTest(controlPlane())
  for (let at = 1; ; at++) {
    const fault = losing(lost, at)
    const store = scene.store({ limits: tinyLimits, through: fault.through })
    fault.begin()
    await store.open(scene.never).catch(() => undefined)
    const isLast = !fault.end()
    const { epoch } = await store.open(scene.never)
    for (const application of ['shop', 'Shop_2']) {
      const expected = (await store.load(application, scene.never))?.version
      await store.commit(application, second, { ...scene.never, epoch, expected })
    }
    if (isLast) break
  }
  const store = scene.store()
  expect(await store.list(scene.never)).toEqual(['Shop_2', 'shop'])
  for (const application of await store.list(scene.never)) {
    expect((await store.load(application, scene.never))?.value.inventory.size).toBe(40)
  }
  expect(await inVain(scene)).toEqual([])
})
