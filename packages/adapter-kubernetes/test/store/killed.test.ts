import { expect, onTestFinished, test } from 'vitest'
import { sharedControlPlane } from '../../../../tools/control-plane/for-tests.ts'
import { inVain } from './in-vain.ts'
import { type StoreScene, sceneOfTest } from './store-scene.ts'
import { tinyLimits } from './tiny-limits.ts'
import { startWriter, type Writer } from './writer.ts'

const controlPlane = sharedControlPlane({ controllers: false })

const kills = 20

test('keeps every commit that was answered, and nothing of half a commit, when writers are killed', {
  timeout: 300_000,
}, async () => {
  const scene = await sceneOfTest(controlPlane())
  const writers = spares(scene)
  let number = 0
  for (let kill = 0; kill < kills; kill++) {
    const writer = await writers.next()
    writer.begin()
    await writer.says(number + 1 + (kill % 3))
    await aMoment(kill)
    await writer.kill()
    number = await wholeCommit(scene, writer.said())
  }
  await nothingInVain(scene)
})

test('loses no commit of processes that add to one application at the same time', {
  timeout: 300_000,
}, async () => {
  const scene = await sceneOfTest(controlPlane())
  const store = scene.store({ limits: tinyLimits })
  await store.open(scene.never)
  const racers = [1, 2, 3].map(() => startWriter(controlPlane().kubeconfigFile, scene.namespace, 'race'))
  for (const racer of racers) await racer.ready()
  for (const racer of racers) racer.begin()
  await Promise.all(racers.map((racer) => racer.ended()))
  const { head, inventory } =
    (await store.load('shared', scene.never))?.value ?? expect.fail('Nothing is kept')
  expect(head.target).toBe('75')
  expect(inventory.size).toBe(75)
  expect(await store.history('shared', { ...scene.never, limit: 100 })).toHaveLength(75)
  await nothingInVain(scene)
})

/** A writer stands ready while another one works, because starting takes longer than what is tested. */
function spares(scene: StoreScene): { readonly next: () => Promise<Writer> } {
  const start = () => startWriter(controlPlane().kubeconfigFile, scene.namespace)
  let spare = start()
  onTestFinished(() => spare.kill())
  return {
    next: async () => {
      const writer = spare
      await writer.ready()
      spare = start()
      return writer
    },
  }
}

/** The number of the commit that is kept, whole and not older than the one that was answered. */
async function wholeCommit(scene: StoreScene, answered: number): Promise<number> {
  // A store of its own, as a process that starts after the kill has.
  const store = scene.store({ limits: tinyLimits })
  const { value } = (await store.load('shared', scene.never)) ?? expect.fail('Nothing is kept')
  const number = Number(value.head.target)
  expect(number).toBeGreaterThanOrEqual(answered)
  expect(new Set([...value.inventory.values()].map(({ owned }) => owned?.digest))).toEqual(
    new Set([String(number)]),
  )
  expect(value.inventory.size).toBe(40)
  const history = await store.history('shared', { ...scene.never, limit: 10_000 })
  expect(history.map(({ at }) => at)).toEqual(Array.from({ length: number }, (_, at) => number - at))
  return number
}

/** After an opening there is nothing that no head names. */
async function nothingInVain(scene: StoreScene): Promise<void> {
  await scene.store({ limits: tinyLimits }).open(scene.never)
  expect(await inVain(scene)).toEqual([])
}

/** Up to 40 ms, another time each time: a commit takes about as long, so the end comes at any of its requests. */
async function aMoment(at: number): Promise<void> {
  const until = performance.now() + ((at * 137) % 400) / 10
  while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve))
}
