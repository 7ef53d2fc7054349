import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createEngine, defineApplication, lend, type Renderer, type Store } from '@mooring/core'
import { type MemoryManifest, memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { sqliteStore } from '@mooring/store-sqlite'
import { appendAndSync, bytesWritten, type Pair, timed } from './plain-file.ts'

/** What passes of an engine ask of the store. */
export interface Passes {
  /** Each commit of passes that change one resource, with the same delta as JSON, written and synced. */
  readonly commits: readonly Pair[]
  readonly commitsPerChange: number
  readonly bytesPerChange: number
  /** How many passes changed nothing, what they called, and how many of the store's files were written meanwhile. */
  readonly quiet: number
  readonly quietCalls: number
  readonly quietFiles: number
}

const changes = 30
const quiet = 50
const intervalMs = 1_000

/** An engine over so many resources: a commit of one resource again and again, then nothing. */
export async function measurePasses(folder: string, count: number): Promise<Passes> {
  const path = join(folder, `passes-${count}.db`)
  const watched = watch(sqliteStore(path), join(folder, `passes-${count}.json`))
  const clock = simulatedClock()
  const source = memorySource({ files: { seed: '0' }, pollMs: intervalMs })
  const target = memoryTarget()
  const engine = createEngine({ store: watched.store, clock, random: () => 0.5, lease: false })
  let passes = 0
  engine.on('pass.finished', () => passes++)
  engine.add(
    defineApplication({
      name: 'app',
      source: lend(source),
      path: '',
      renderer: rendererOf(count),
      target: lend(target),
      sync: { intervalMs },
    }),
  )
  const synced = async (revision: string) => {
    for (;;) {
      await clock.advance(intervalMs)
      await new Promise((resolve) => setImmediate(resolve))
      const { sync, applied, operation } = await engine.status('app')
      if (sync === 'synced' && operation === undefined && applied?.id === revision) return
    }
  }
  await engine.start()
  await synced((await source.resolve({ signal: new AbortController().signal })).revision.id)
  watched.reset()
  for (let change = 1; change <= changes; change++) {
    await synced(source.commit({ seed: String(change) }).id)
  }
  const busy = watched.reset()
  const [passesBefore, writtenBefore] = [passes, writtenAt(path)]
  while (passes < passesBefore + quiet) {
    await clock.advance(intervalMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const writtenAfter = writtenAt(path)
  const quietFiles = writtenAfter.filter((time, at) => time !== writtenBefore[at]).length
  const calm = watched.reset()
  await engine.stop()
  return {
    commits: busy.commits.slice(10),
    commitsPerChange: busy.commits.length / changes,
    bytesPerChange: busy.bytes / changes,
    quiet,
    quietCalls: calm.calls,
    quietFiles,
  }
}

/** When the file and its log were last written. */
const writtenAt = (path: string): readonly bigint[] =>
  [path, `${path}-wal`].map((file) => statSync(file, { bigint: true }).mtimeNs)

/** All resources stay as they are but one. */
const rendererOf = (count: number): Renderer<MemoryManifest> => ({
  name: 'many',
  digest: `many:${count}`,
  render: async ({ snapshot }, options) => {
    const seed = new TextDecoder().decode(await snapshot.read('seed', options))
    return {
      manifests: Array.from({ length: count }, (_, at) => ({
        manifest: { id: `apps/deployment/${String(at).padStart(12, '0')}`, seed: at === 7 ? seed : '' },
      })),
    }
  },
})

/** The store, with a count of its calls and each commit timed beside a plain file. */
function watch(store: Store, file: string) {
  let seen = { calls: 0, bytes: 0, commits: [] as Pair[] }
  return {
    reset: () => {
      const before = seen
      seen = { calls: 0, bytes: 0, commits: [] }
      return before
    },
    store: {
      ...store,
      load: (...given) => {
        seen.calls++
        return store.load(...given)
      },
      commit: async (application, delta, options) => {
        seen.calls++
        let version = ''
        const before = bytesWritten()
        const ours = await timed(async () => (version = await store.commit(application, delta, options)))
        seen.bytes += bytesWritten() - before
        const json = JSON.stringify(delta)
        seen.commits.push({ ours, plain: await timed(() => appendAndSync(file, json)) })
        return version
      },
    } satisfies Store,
  }
}
