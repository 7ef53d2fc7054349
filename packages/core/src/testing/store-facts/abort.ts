import assert from 'node:assert/strict'
import { rejectsWhenAborted } from '../expectations.ts'
import { entryOf, historyOf, nothing, type StoreFact, type StoreScene } from './store-scene.ts'

type CallWith = (scene: StoreScene, signal: AbortSignal) => unknown

const refusal = (method: string, callWith: CallWith): StoreFact => ({
  name: `rejects ${method} with the reason of a signal that is aborted already`,
  run: async (scene) => {
    await scene.commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
    await rejectsWhenAborted((signal) => callWith(scene, signal), method)
  },
})

/** Writes that are aborted before they start leave what is kept alone. */
const refusalWithoutEffect = (
  method: string,
  callWith: (scene: StoreScene, options: WriteOptions) => unknown,
): StoreFact => ({
  name: `rejects ${method} with the reason of a signal that is aborted already, and changes nothing`,
  async run(scene) {
    const expected = await scene.commit('app', { set: [entryOf('a')], history: [historyOf(1)] })
    const epoch = await scene.epoch()
    const before = await scene.everything('app')
    await rejectsWhenAborted((signal) => callWith(scene, { signal, expected, epoch }), method)
    assert.deepEqual(await scene.everything('app'), before)
  },
})

interface WriteOptions {
  readonly signal: AbortSignal
  readonly expected: string
  readonly epoch: number
}

/** Every call can be ended. */
export const storeAbortFacts: readonly StoreFact[] = [
  refusal('open', ({ store }, signal) => store.open({ signal })),
  refusal('load', ({ store }, signal) => store.load('app', { signal })),
  refusal('history', ({ store }, signal) => store.history('app', { signal, limit: 1 })),
  refusal('list', ({ store }, signal) => store.list({ signal })),
  refusalWithoutEffect('commit', ({ store }, options) =>
    store.commit('app', { ...nothing, remove: ['a'], history: [historyOf(2)] }, options),
  ),
  refusalWithoutEffect('remove', ({ store }, options) => store.remove('app', options)),
]
