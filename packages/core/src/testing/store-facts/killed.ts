import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Store } from '../../ports/store.ts'
import { racingCommits, type StoreWork, sharedApplication, writtenEntries } from '../store-process.ts'
import { filesOf, noFiles } from './files.ts'
import type { StoreFact, StoreScene } from './store-scene.ts'

/** Processes that write at the same time, and that end in the middle of it. */
export const killedFacts: readonly StoreFact[] = [
  {
    name: 'loses no commit of several processes that add to one application',
    unless: noFiles,
    async run(scene) {
      await scene.epoch()
      const racers = [1, 2, 3].map(() => start(scene, 'race'))
      await Promise.all(racers.map(({ ended }) => ended()))
      const { value } = await scene.mustLoad(sharedApplication)
      const expected = racers.length * racingCommits
      assert.equal(value.head.target, String(expected), 'Expected every commit to build on the one before')
      assert.equal(value.inventory.size, expected, 'Expected an entry of every commit')
      assert.equal((await scene.history(sharedApplication, 2 * expected)).length, expected)
    },
  },
  {
    name: 'keeps every commit that was answered, and nothing of half a commit, when the writer is killed',
    unless: noFiles,
    async run(scene) {
      const { kills = 20 } = filesOf(scene)
      let answered = 0
      for (let kill = 0; kill < kills; kill++) {
        answered = await killedWriter(scene, answered, kill)
        const store = await scene.elsewhere()
        answered = await assertWhole(scene, store, answered)
        await store[Symbol.asyncDispose]()
      }
    },
  },
  {
    name: 'finds the same in a copy of the files that was made in the middle of a write',
    unless: noFiles,
    async run(scene) {
      const writer = start(scene, 'write')
      try {
        for (let copies = 0; copies < 20; copies++) {
          await writer.says(copies + 1)
          await aMoment(copies)
          writer.process.kill('SIGSTOP')
          const copy = await filesOf(scene).copy()
          // What the writer said may still be on its way to us: nothing that was said is missing.
          await assertWhole(scene, copy, writer.said())
          await copy[Symbol.asyncDispose]()
          writer.process.kill('SIGCONT')
        }
      } finally {
        await writer.kill()
      }
    },
  },
]

/** Starts a writer and kills it, sooner or later in a commit. Gives the last number that it said. */
async function killedWriter(scene: StoreScene, answered: number, kill: number): Promise<number> {
  const writer = start(scene, 'write')
  try {
    await writer.says(answered + 1 + (kill % 3))
    await aMoment(kill)
  } finally {
    await writer.kill()
  }
  return writer.said()
}

/** Fails unless one whole commit is kept, not older than the one answered. Gives its number. */
async function assertWhole(scene: StoreScene, store: Store, answered: number): Promise<number> {
  const { never } = scene
  const value = (await store.load(sharedApplication, never))?.value
  const number = Number(value?.head.target ?? 0)
  assert.ok(number >= answered, `Expected commit ${answered}, which was answered, found ${number}`)
  if (value === undefined) return 0
  const digests = new Set([...value.inventory.values()].map(({ owned }) => owned?.digest))
  assert.deepEqual([...digests], [String(number)], 'Expected all entries to be of one commit')
  assert.equal(value.inventory.size, writtenEntries)
  const history = await store.history(sharedApplication, { ...never, limit: 3 })
  const times = history.map(({ at }) => at)
  assert.deepEqual(
    times,
    [number, number - 1, number - 2].filter((at) => at > 0),
    'Expected the history of the state',
  )
  return number
}

/** A running process, and what it said. */
interface Running {
  readonly process: ChildProcess
  /** The last number that it said. */
  readonly said: () => number
  /** Once it has said this number, or a higher one. */
  readonly says: (number: number) => Promise<void>
  readonly kill: () => Promise<void>
  /** Fails unless it ends well. */
  readonly ended: () => Promise<void>
}

function start(scene: StoreScene, work: StoreWork): Running {
  const child = filesOf(scene).spawn(work)
  assert.ok(child.stdout && child.stderr, 'Expected a process with a piped standard output and error')
  let text = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk))
  const closed = once(child, 'close')
  const said = () => Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1))
  return {
    process: child,
    said,
    async says(number) {
      while (!(said() >= number)) {
        await Promise.race([once(child.stdout ?? child, 'data'), closed])
        assert.ok(
          child.exitCode === null,
          `Expected the process to go on writing, but it ended: ${complaint}`,
        )
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
    async ended() {
      await closed
      assert.equal(child.exitCode, 0, `Expected the process to end well: ${complaint}`)
    },
  }
}

/** Some microseconds, another number each time, so that the end comes at any point of a commit. */
async function aMoment(at: number): Promise<void> {
  const until = performance.now() + ((at * 137) % 1000) / 500
  while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve))
}
