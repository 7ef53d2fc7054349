import { collect, rejectsWhenAborted } from '../expectations.ts'
import type { SourceFact, SourceScene } from './source-scene.ts'

type CallWith = (scene: SourceScene, signal: AbortSignal) => unknown

const refusal = (method: string, callWith: CallWith): SourceFact => ({
  name: `rejects ${method} with the reason of a signal that is aborted already`,
  run: (scene) => rejectsWhenAborted((signal) => callWith(scene, signal), method),
})

const files = { 'app/a.json': 'a' }

/** Every call can be ended. */
export const sourceAbortFacts: readonly SourceFact[] = [
  refusal('resolve', async ({ source, commit }, signal) => {
    await commit(files)
    return source.resolve({ signal })
  }),
  refusal('find', async ({ source, commit }, signal) => source.find((await commit(files)).id, { signal })),
  refusal('open', async ({ source, commit }, signal) => source.open(await commit(files), { signal })),
  refusal('digestOf', async ({ snapshotOf }, signal) =>
    (await snapshotOf(files)).digestOf('app', { signal }),
  ),
  refusal('list', async ({ snapshotOf }, signal) =>
    collect((await snapshotOf(files)).list('app', { signal })),
  ),
  refusal('read', async ({ snapshotOf }, signal) => (await snapshotOf(files)).read('app/a.json', { signal })),
]
