import assert from 'node:assert/strict'
import { isMooringError } from '../../errors/mooring-error.ts'
import type { Store } from '../../ports/store.ts'
import type { StoreFiles } from '../describe-store.ts'
import { rejectsWithCode } from '../expectations.ts'
import { entryOf, historyOf, type StoreFact, type StoreScene } from './store-scene.ts'

/** Why facts about files are skipped. */
export const noFiles: NonNullable<StoreFact['unless']> = ({ store }) =>
  store.supports.files === true ? undefined : 'supports.files is not true'

/** What can happen to files. */
export const fileFacts: readonly StoreFact[] = [
  {
    name: 'rejects files of a later version with STORE_TOO_NEW, and changes nothing',
    unless: noFiles,
    async run(scene) {
      const { never, elsewhere } = scene
      await kept(scene)
      await scene.store[Symbol.asyncDispose]()
      await filesOf(scene).makeNewer()
      for (const _ of ['once', 'again']) {
        const store = await elsewhere()
        await rejectsWithCode(store.open(never), 'STORE_TOO_NEW', 'open of later files')
        await rejectsWithCode(store.open({ ...never, reading: true }), 'STORE_TOO_NEW', 'reading later files')
        await rejectsWithCode(store.load('app', never), 'STORE_TOO_NEW', 'load from later files')
      }
    },
  },
  {
    name: 'gives what was committed or an error when its files are damaged, never anything else',
    unless: noFiles,
    async run(scene) {
      const committed = await kept(scene)
      const codes: string[] = []
      for (let seed = 0; seed < damages; seed++) {
        const store = await filesOf(scene).damagedCopy(seed)
        const found = await everythingOrError(scene, store)
        if (isMooringError(found)) {
          assert.equal(
            found.kind,
            'permanent',
            `Expected a permanent error for damage ${seed}, got ${found.code}`,
          )
          codes.push(found.code)
        } else assert.deepEqual(found, committed, `Expected what was committed in spite of damage ${seed}`)
      }
      assert.ok(codes.includes('STORE_DAMAGED'), 'Expected damage that is STORE_DAMAGED')
    },
  },
  {
    name: 'rejects files that were emptied with STORE_DAMAGED, and does not start anew',
    unless: noFiles,
    async run(scene) {
      await kept(scene)
      const store = await filesOf(scene).emptiedCopy()
      for (const _ of ['once', 'again']) {
        await rejectsWithCode(store.load('app', scene.never), 'STORE_DAMAGED', 'load from an empty file')
        await rejectsWithCode(store.open(scene.never), 'STORE_DAMAGED', 'open of an empty file')
      }
    },
  },
  {
    name: 'rejects a commit that finds no room with STORE_FULL, changes nothing, and goes on when there is room',
    unless: noFiles,
    async run(scene) {
      const { commit, everything, mustLoad } = scene
      await kept(scene)
      const before = await everything('app')
      const { version } = await mustLoad('app')
      const large = Array.from({ length: 500 }, (_, at) => entryOf(`large ${at}`, 'x'.repeat(1000)))
      const delta = { set: large, remove: ['a'], history: [historyOf(9)] }
      const free = await filesOf(scene).fill()
      await rejectsWithCode(commit('app', delta, version), 'STORE_FULL', 'commit without room')
      assert.deepEqual(await everything('app'), before)
      await free()
      await commit('app', delta, version)
      assert.equal((await mustLoad('app')).value.inventory.size, 500)
    },
  },
]

const damages = 60

/** Some state and history in two applications; gives everything that is kept then. */
async function kept({ commit, everything }: StoreScene): Promise<unknown> {
  const set = Array.from({ length: 60 }, (_, at) => entryOf(`key ${at}`))
  const first = await commit('app', { set: [entryOf('a'), entryOf('b')], history: [historyOf(1)] })
  await commit('app', { remove: ['b'], history: [historyOf(2)] }, first)
  await commit('other', { set, history: Array.from({ length: 20 }, (_, at) => historyOf(at)) })
  return [await everything('app'), await everything('other')]
}

async function everythingOrError(scene: StoreScene, store: Store): Promise<unknown> {
  try {
    await store.open(scene.never)
    return [await scene.everything('app', store), await scene.everything('other', store)]
  } catch (thrown) {
    assert.ok(isMooringError(thrown), `Expected a MooringError, got ${String(thrown)}`)
    return thrown
  }
}

/** The harness' part for files. */
export function filesOf({ harness }: StoreScene): StoreFiles {
  assert.ok(harness.files, 'Expected the harness of a store in files to have files')
  return harness.files
}
