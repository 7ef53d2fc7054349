import { isMooringError } from '../errors/mooring-error.ts'
import type { Store } from '../ports/store.ts'
import { entryOf, historyOf, nothing } from './store-facts/store-scene.ts'

/**
 * What the contract asks of another process: `write` commits one after the other until it is killed; `race` adds to what
 * others add to at the same time.
 */
export type StoreWork = 'write' | 'race'

/**
 * The program of a process that the store contract starts, over a store of that process. `say` writes one line to the
 * standard output, at once.
 *
 * @example
 * ```ts
 * const [, , path = '', work] = process.argv
 * await runStoreProcess(sqliteStore(path), work as StoreWork, line => writeSync(1, `${line}\n`))
 * ```
 */
export async function runStoreProcess(
  store: Store,
  work: StoreWork,
  say: (line: string) => void,
): Promise<void> {
  await (work === 'write' ? write(store, say) : race(store, say))
  await store[Symbol.asyncDispose]()
}

const never = { signal: new AbortController().signal }

/** How often each process of a race adds. */
export const racingCommits = 25

/** The application that other processes work on. */
export const sharedApplication = 'shared'

/** Says the number of each commit once it is answered: so many entries of that digest, and as much history. */
async function write(store: Store, say: (line: string) => void): Promise<never> {
  const { epoch } = await store.open(never)
  const found = await store.load(sharedApplication, never)
  let expected = found?.version
  for (let number = Number(found?.value.head.target ?? 0) + 1; ; number++) {
    expected = await store.commit(sharedApplication, deltaOf(number), { ...never, expected, epoch })
    say(String(number))
  }
}

/** Every entry is written in every commit, so that half of one shows. */
const deltaOf = (number: number) => ({
  head: { target: String(number), deletions: [] },
  set: Array.from({ length: writtenEntries }, (_, at) => entryOf(`key ${at}`, String(number))),
  remove: [],
  history: [historyOf(number)],
})

/** How many entries each commit of `write` sets. */
export const writtenEntries = 40

/** Counts up, and adds entries of its own, on top of whatever it finds; again when somebody else was faster. */
async function race(store: Store, say: (line: string) => void): Promise<void> {
  const { epoch } = await store.open({ ...never, reading: true })
  for (let at = 0; at < racingCommits; ) {
    const found = await store.load(sharedApplication, never)
    const head = { target: String(Number(found?.value.head.target ?? 0) + 1), deletions: [] }
    const delta = { ...nothing, head, set: [entryOf(`${process.pid} ${at}`)], history: [historyOf(at)] }
    try {
      await store.commit(sharedApplication, delta, { ...never, expected: found?.version, epoch })
      at++
    } catch (thrown) {
      if (!isMooringError(thrown) || thrown.kind !== 'conflict') throw thrown
    }
  }
  say('done')
}
