import { setImmediate as turn } from 'node:timers/promises'
import {
  createEngine,
  defineApplication,
  type Engine,
  type EngineMetrics,
  memoryStore,
  type Renderer,
} from '@mooring/core'
import { type MemoryManifest, memoryTarget } from '@mooring/core/testing'
import { gitSource } from '@mooring/source-git'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { type NewCommit, testRepository } from '../../tools/git-repository/index.ts'

/** What one commit caused, from the question for it until nothing was left to do. */
export interface Caused {
  /** Questions the source was asked. */
  readonly polls: number
  /** Requests the Git server answered: the poll, and whatever was downloaded. */
  readonly requests: number
  readonly downloads: number
  readonly passes: number
  /** Folders that were rendered, in the order of their names. */
  readonly rendered: readonly string[]
  /** The application of each pass that changed something, in the order of their names. */
  readonly changed: readonly string[]
  /** Applications about which something new is recorded, in the order of their names. */
  readonly recorded: readonly string[]
  readonly ms: number
  /** Processor time of this process, which also hands Git's answers on; Git itself runs beside it. */
  readonly cpuMs: number
}

/** Many applications of one repository, in sync. */
export interface ManyApplications extends AsyncDisposable {
  /** From the start of the engine until all were in sync. */
  readonly firstMs: number
  /** What the Git server answered in that time. */
  readonly firstRequests: number
  readonly commit: (files: NonNullable<NewCommit['files']>) => Promise<Caused>
}

/** Bases that the applications take in turns: every one of them is read by one in so many. */
export const bases = 10

/** The name of an application, which is also its folder's and its resource's. */
export const nameOf = (at: number): string => `app-${String(at).padStart(4, '0')}`

/**
 * A repository with a folder for each application, and bases beside them that their renderers read; served by git itself
 * over HTTP, and kept by one engine on one memory target. Nothing passes by itself: only commits cause anything.
 */
export async function manyApplications(count: number): Promise<ManyApplications> {
  const repository = await testRepository()
  await repository.git(['config', 'uploadpack.allowFilter', 'true'])
  const server = await serveGit({ root: repository.root })
  await repository.commit({ files: contentOf(count) })
  const source = gitSource({ url: `${server.url}/${repository.name}`, pollMs: neverMs })
  const store = memoryStore()
  const engine = createEngine({ store, installation: 'test' })
  const target = memoryTarget()
  const rendered: string[] = []
  const renderer = withBase((path) => rendered.push(path))
  for (let at = 0; at < count; at++) {
    const sync = { intervalMs: neverMs }
    const name = nameOf(at)
    engine.add(defineApplication({ name, source, path: `apps/${name}`, renderer, target, sync }))
  }
  const start = performance.now()
  const synced = allPlanned(engine, await repository.idOf())
  await engine.start()
  await synced
  const firstMs = performance.now() - start
  const firstRequests = server.requests().length

  const versions = async (): Promise<ReadonlyMap<string, string | undefined>> => {
    const signal = new AbortController().signal
    const read = async (name: string) => [name, (await store.load(name, { signal }))?.version] as const
    return new Map(await Promise.all(engine.applications().map(read)))
  }
  return {
    firstMs,
    firstRequests,
    commit: async (files) => {
      const id = await repository.commit({ files })
      const seen = await versions()
      const before = { ...source.metrics(), requests: server.requests().length }
      rendered.length = 0
      const passed = passesOf(engine)
      const cpu = process.cpuUsage()
      const from = performance.now()
      const planned = allPlanned(engine, id)
      engine.refresh(source)
      await planned
      const { user, system } = process.cpuUsage(cpu)
      const ms = performance.now() - from
      passed.stop()
      const now = source.metrics()
      return {
        polls: now.polls - before.polls,
        requests: server.requests().length - before.requests,
        downloads: now.fetches - before.fetches,
        passes: passed.count(),
        rendered: rendered.toSorted(),
        changed: passed.changed(),
        recorded: [...(await versions())].flatMap(([name, version]) =>
          version === seen.get(name) ? [] : [name],
        ),
        ms,
        cpuMs: (user + system) / 1000,
      }
    },
    [Symbol.asyncDispose]: async () => {
      await engine.stop()
      await server[Symbol.asyncDispose]()
      await repository[Symbol.asyncDispose]()
    },
  }
}

/** An hour: nothing happens by itself. */
const neverMs = 3_600_000

/** Renders one resource from `app.json`, with the content of the base it names. Reads nothing else. */
function withBase(onRender: (path: string) => void): Renderer<MemoryManifest> {
  return {
    name: 'with-base',
    digest: 'with-base/1',
    render: async ({ snapshot, path }, options) => {
      onRender(path)
      const read = async (file: string) =>
        JSON.parse(Buffer.from(await snapshot.read(file, options)).toString()) as MemoryManifest & {
          readonly base: string
        }
      const own = await read(`${path}/app.json`)
      return { manifests: [{ manifest: { ...(await read(own.base)), ...own } }] }
    },
  }
}

const contentOf = (count: number): Record<string, string> => ({
  ...Object.fromEntries(Array.from({ length: bases }, (_, at) => [baseOf(at), baseContent(at, 'first')])),
  ...Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`apps/${nameOf(at)}/app.json`, appContent(at, 'first')]),
  ),
})

const baseOf = (at: number): string => `bases/base-${at % bases}/base.json`

/** A commit's change to one application. */
export const appChanged = (at: number, setting: string): Record<string, string> => ({
  [`apps/${nameOf(at)}/app.json`]: appContent(at, setting),
})

/** A commit's change to one base. */
export const baseChanged = (at: number, setting: string): Record<string, string> => ({
  [baseOf(at)]: baseContent(at, setting),
})

const appContent = (at: number, setting: string): string =>
  JSON.stringify({ id: nameOf(at), base: baseOf(at), setting })

const baseContent = (at: number, setting: string): string => JSON.stringify({ shared: `${at}/${setting}` })

/** Resolves when every application has ended a pass at this commit, and no pass is due any more. */
async function allPlanned(engine: Engine, commit: string): Promise<void> {
  const missing = new Set(engine.applications())
  const at = new Map<string, boolean>()
  let isKnown = false
  await new Promise<void>((resolve) => {
    const stops = [
      engine.on('source.resolved', ({ revision }) => {
        if (revision.id === commit) isKnown = true
      }),
      engine.on('pass.started', ({ application }) => void at.set(application, isKnown)),
      engine.on('pass.finished', ({ application, outcome }) => {
        if (at.get(application) === true && outcome === 'rest') missing.delete(application)
        if (missing.size > 0) return
        for (const stop of stops) stop()
        resolve()
      }),
    ]
  })
  // What was applied comes back as a hint, which may bring one more look.
  const isBusy = ({ running, ready }: EngineMetrics): boolean => running + ready > 0
  do await turn()
  while (isBusy(engine.metrics()))
}

function passesOf(engine: Engine) {
  let count = 0
  const changed: string[] = []
  const stop = engine.on('pass.finished', (event) => {
    count++
    if (event.changed > 0) changed.push(event.application)
  })
  return { stop, count: () => count, changed: () => changed.toSorted() }
}
