import { systemClock } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { watchType } from '../../src/live/type-watch.ts'
import { viewOf } from '../../src/live/view.ts'
import { openSession } from '../../src/session.ts'
import type { Api, ApiFailure } from '../../src/transport/api.ts'
import { failureError } from '../../src/transport/failure-error.ts'
import { clusterScene } from '../cluster-scene.ts'

const controlPlane = sharedControlPlane({ controllers: false })

const failure = (status: number, reason: string): ApiFailure => ({
  status,
  reason,
  message: '',
  causes: [],
  details: {},
})

/** A watch of ConfigMaps on a real API server that can be made to fail at the next dial, or in the middle. */
async function watching() {
  const scene = await clusterScene(controlPlane())
  const { namespace } = scene
  const session = openSession({
    kubeconfig: { text: controlPlane().admin.kubeconfig },
    clock: systemClock,
    maxConnections: 4,
    staleMs: 90_000,
  })
  const call = testCall({ owner: { installation: namespace, application: 'app' } })
  const dials: (string | undefined)[] = []
  const turns: string[] = []
  let breaks: ((error: unknown) => void) | undefined
  let refusal: ApiFailure | undefined
  const api: Api = {
    ...session.api,
    watch: async function* (request) {
      dials.push(request.query?.['resourceVersion'])
      const refused = refusal
      refusal = undefined
      if (refused !== undefined) throw failureError(refused, { verb: 'watch', label: 'configmaps' })
      const broken = Promise.withResolvers<never>()
      broken.promise.catch(() => undefined)
      breaks = broken.reject
      const events = session.api.watch(request)[Symbol.asyncIterator]()
      for (;;) {
        const next = await Promise.race([events.next(), broken.promise])
        if (next.done === true) return
        yield next.value
      }
    },
  }
  const type = await session.discovery.typeOf('/ConfigMap', call)
  if (type === undefined) throw new Error('no ConfigMaps')
  const watch = watchType({
    api,
    clock: systemClock,
    type,
    view: viewOf(call),
    staleMs: 90_000,
    onObject: () => undefined,
    onGone: () => undefined,
    onNews: () => undefined,
    onLost: () => undefined,
    onTurn: (reason) => turns.push(reason),
  })
  onTestFinished(async () => {
    watch.stop()
    await session.close()
  })
  const breakWith = (status: number, reason: string): void =>
    breaks?.(failureError(failure(status, reason), { verb: 'watch', label: 'configmaps' }))
  const refuseWith = (status: number, reason: string): void => {
    refusal = failure(status, reason)
  }
  return { ...scene, watch, dials, turns, breakWith, refuseWith, call }
}

test('a version that the server has forgotten in the middle of a watch is listed anew at once, without a hint', async () => {
  const { watch, dials, turns, breakWith, create, configMap, keyOf, call } = await watching()
  await watch.ready(call.signal)
  await create(configMap('a'))
  await expect.poll(() => watch.records.get(keyOf('a'))).toBeDefined()
  breakWith(410, 'Expired')
  await expect.poll(() => dials.length, { timeout: 600, interval: 5 }).toBe(2)
  expect(Number(dials[1])).toBeGreaterThan(Number(dials[0]))
  expect(watch.records.get(keyOf('a'))).toBeDefined()
  expect(turns).toEqual([])
})

test('a version that the server has forgotten at the next dial is listed anew, and what is gone is gone', async () => {
  const { watch, breakWith, refuseWith, create, configMap, keyOf, other, call } = await watching()
  await watch.ready(call.signal)
  await create(configMap('a'))
  await expect.poll(() => watch.records.get(keyOf('a'))).toBeDefined()
  refuseWith(410, 'Expired')
  breakWith(500, 'InternalError')
  await other.remove(keyOf('a'))
  await expect.poll(() => watch.records.get(keyOf('a')), { timeout: 10_000 }).toBeUndefined()
})

test('a server with too many requests keeps the watch where it was', async () => {
  const { watch, dials, turns, breakWith, refuseWith, create, configMap, keyOf, call } = await watching()
  await watch.ready(call.signal)
  refuseWith(429, 'TooManyRequests')
  breakWith(500, 'InternalError')
  await expect.poll(() => dials.length, { timeout: 10_000 }).toBe(3)
  expect(new Set(dials).size).toBe(1)
  await create(configMap('a'))
  await expect.poll(() => watch.records.get(keyOf('a'))).toBeDefined()
  expect(turns).toEqual([])
})

test('a second failure in a row is told, the watch lists anew, and its return is told', async () => {
  const { watch, dials, turns, breakWith, refuseWith, call, create, configMap } = await watching()
  await watch.ready(call.signal)
  await create(configMap('a'))
  refuseWith(500, 'InternalError')
  breakWith(500, 'InternalError')
  await expect
    .poll(() => turns, { timeout: 10_000 })
    .toEqual(['the watch of configmaps broke', 'the watch of configmaps stands again'])
  expect(Number(dials.at(-1))).toBeGreaterThan(Number(dials[0]))
})

test('whoever waits for a broken watch learns why, or waits for what a retry brings', async () => {
  const { watch, breakWith, refuseWith, call, turns } = await watching()
  await watch.ready(call.signal)
  refuseWith(403, 'Forbidden')
  breakWith(500, 'InternalError')
  await expect.poll(() => turns.length).toBe(1)
  await expect(watch.ready(call.signal)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  watch.retry()
  await watch.ready(call.signal)
})
