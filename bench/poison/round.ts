import { setTimeout as sleep } from 'node:timers/promises'
import { createEngine, defineApplication, type Engine, memoryStore, type SyncPolicy } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { type Place, type Poison, renderer } from './place.ts'

export const healthyCount = 95
export const commitsEach = 4
export const everyMs = 700
/** So that what hangs ends, and begins again, several times in a round. */
const readTimeoutMs = 1_000

/** What came of one round. */
export interface Round {
  /** From each commit until each healthy application was synced to it, milliseconds. */
  readonly times: readonly number[]
  /** The codes that passes of poisoned applications, or polls of their sources, ended with. */
  readonly failures: ReadonlyMap<string, readonly string[]>
}

/** One engine from its start, through the commits, to its end. Throws if a poisoned application turns out to be well. */
export async function runRound(place: Place, isPoisoned: boolean): Promise<Round> {
  const poisons = isPoisoned ? place.poisons : []
  const engine = createEngine({ store: memoryStore(), installation: 'bench' })
  const failures = failuresOf(engine)
  const arrivals = arrivalsOf(engine)
  addAll(engine, place, poisons)
  const times: number[] = []
  await arrivals.of(await commit(place), () => engine.start())
  for (let at = 0; at < commitsEach; at++) {
    const next = sleep(everyMs)
    const revision = await commit(place)
    const from = performance.now()
    for (const arrivedAt of await arrivals.of(revision, () => engine.refresh())) times.push(arrivedAt - from)
    await next
  }
  await engine.stop({ drainMs: 0 })
  for (const { name, code } of poisons) {
    if (failures.get(name)?.includes(code)) continue
    throw new Error(
      `Expected ${name} to fail with ${code}, found ${failures.get(name)?.join(', ') ?? 'nothing'}`,
    )
  }
  return { times, failures }
}

/** Waits until every healthy application is synced to a revision; gives when each was. */
function arrivalsOf(engine: Engine) {
  let wanted = ''
  let arrived = new Map<string, number>()
  let done = Promise.withResolvers<void>()
  engine.on('operation.finished', ({ application, operation, outcome, reasons }) => {
    if (!application.startsWith('app-')) return
    // Nothing fails on a machine of one's own, so that what does is a mistake of this bench.
    if (outcome !== 'synced') done.reject(new Error(`${application}: ${outcome}: ${reasons.join('; ')}`))
    if (operation.revision.id !== wanted) return
    arrived.set(application, performance.now())
    if (arrived.size === healthyCount) done.resolve()
  })
  return {
    of: async (revision: string, begin: () => unknown): Promise<readonly number[]> => {
      wanted = revision
      arrived = new Map()
      done = Promise.withResolvers()
      await begin()
      await done.promise
      return [...arrived.values()]
    },
  }
}

/** Collects the codes of what fails, for as long as the engine runs. */
function failuresOf(engine: Engine): ReadonlyMap<string, readonly string[]> {
  const failures = new Map<string, string[]>()
  const note = (name: string, code: string): void => {
    failures.set(name, [...(failures.get(name) ?? []), code])
  }
  engine.on('pass.finished', ({ application, error }) => {
    if (error !== undefined) note(application, error.code)
  })
  // A source is named like the one application that reads it.
  engine.on('source.failed', ({ source, error }) => note(source, error.code))
  return failures
}

function addAll(engine: Engine, { url, target }: Place, poisons: readonly Poison[]): void {
  const source = gitSource({ url })
  const round = crypto.randomUUID()
  const healthy = Array.from({ length: healthyCount }, (_, at) => `app-${at}`)
  const add = (name: string, parts: ReturnType<Poison['parts']>, sync: Partial<SyncPolicy>): void =>
    engine.add(
      defineApplication({
        name,
        source,
        path: `apps/${name}`,
        renderer: renderer(),
        // Of this round alone: what the last one left there is nobody's.
        target: parts.target ?? target(`${round}-${name}`),
        ...parts,
        sync,
      }),
    )
  // Before the others, where they are in everybody's way.
  for (const poison of poisons) add(poison.name, poison.parts(), { readTimeoutMs })
  for (const name of healthy) add(name, {}, {})
}

let commits = 0

/** A commit that changes every application, the poisoned ones too. */
async function commit({ repository, poisons }: Place): Promise<string> {
  commits++
  const healthy = Array.from({ length: healthyCount }, (_, at) => [`app-${at}`, object(`app-${at}`)] as const)
  const poisoned = poisons.map(({ name, content = object(name) }) => [name, content] as const)
  return repository.commit({
    files: Object.fromEntries(
      [...healthy, ...poisoned].map(([name, content]) => [
        `apps/${name}/config.yaml`,
        `${content}# ${commits}\n`,
      ]),
    ),
  })
}

const object = (name: string): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  application: ${name}
  commit: "${commits}"
`
