// The process that is killed: a real engine on a real store and a real target. What it is to do stands in its argument.
import { createEngine, defineApplication, type Engine, lend } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { sqliteStore } from '@mooring/store-sqlite'
import { type Failpoint, failpoints } from './failpoints.ts'
import { adaptersOf, installationOf, type PlaceSettings } from './place.ts'
import type { Wanted } from './scenario.ts'

/** What one process is told. */
export interface Assignment {
  readonly place: PlaceSettings
  readonly store: string
  readonly wanted: Wanted
  /** Files of the commit before, which the source has first. */
  readonly before?: Readonly<Record<string, string>>
  readonly failpoint?: Failpoint
  /** What somebody else put where ours was: on a target without uids it may stay on record, unproven. */
  readonly theirs: readonly string[]
}

/** What a process that came to its end says: the keys it has recorded, by application. */
export interface Recorded {
  readonly recorded: Readonly<Record<string, readonly string[]>>
}

const {
  place,
  store: path,
  wanted,
  before,
  failpoint,
  theirs,
} = JSON.parse(process.argv[2] ?? '') as Assignment
const { signal } = new AbortController()
const { renderer, target } = adaptersOf(place)
const store = sqliteStore(path)
const guard = failpoints(failpoint)
const source = memorySource({ pollMs: 50, files: before ?? wanted.files })
const engine: Engine = createEngine({
  store: guard.store(lend(store)),
  installation: installationOf(place),
  // As a supervisor names what it starts again: the one before is dead, so nobody has to wait for it.
  lease: { holder: 'agent' },
})
const known = await store.list({ signal }).catch((): readonly string[] => [])
// What is gone from the store was removed before: a person would not define it again.
const applications = wanted.applications.filter(({ name, leaves }) => leaves !== true || known.includes(name))
const watched = guard.target(target)
for (const { name, formerly } of applications)
  engine.add(
    defineApplication({
      name,
      source,
      path: wanted.folderOf[name] ?? name,
      renderer,
      target: watched,
      ...(formerly && { formerly }),
      sync: {
        prune: true,
        allowEmpty: true,
        intervalMs: 500,
        pruneBudget: { max: 1000, shareOfFew: 1, shareOfMany: 1 },
      },
    }),
  )
process.stdout.write('started\n')
await engine.start()
if (before !== undefined) {
  const gone = Object.keys(before).filter((file) => wanted.files[file] === undefined)
  source.commit({ ...Object.fromEntries(gone.map((file) => [file, null])), ...wanted.files })
}
for (const { name, leaves } of applications)
  if (leaves === true) void engine.remove(name, { actor: 'crash', prune: true }).catch(() => undefined)

// Whoever gives up on us wants to know how far we are.
process.once('SIGTERM', () => {
  const statuses = applications.map(({ name }) =>
    engine.status(name).catch((thrown: unknown) => String(thrown)),
  )
  void Promise.all([store.list({ signal }), ...statuses]).then((found) => {
    process.stderr.write(`${JSON.stringify(found)}\n`)
    process.exit(3)
  })
})
const isSettled = async (): Promise<boolean> => {
  const staying = applications.filter(({ leaves }) => leaves !== true)
  const names = await store.list({ signal })
  if (
    names.toSorted().join() !==
    staying
      .map(({ name }) => name)
      .toSorted()
      .join()
  )
    return false
  const { revision } = await source.resolve({ signal })
  for (const { name } of staying) {
    const { sync, operation, desired, lastError, resources, holds } = await engine.status(name)
    const unproven: readonly string[] = holds.flatMap(({ code, keys }) =>
      code === 'NOT_PROVEN' ? keys : ['held'],
    )
    if (!unproven.every((key) => theirs.includes(key))) return false
    // Who has handed something over may still have to forget it.
    if (resources !== (wanted.resources[name] ?? 0) + unproven.length) return false
    if ((sync !== 'synced' && unproven.length === 0) || operation !== undefined || lastError !== undefined)
      return false
    if (desired?.id !== revision.id) return false
  }
  return true
}
while (!(await isSettled())) await new Promise((resolve) => setTimeout(resolve, 10))
const recorded: Record<string, readonly string[]> = {}
for (const { name } of applications)
  recorded[name] = [...((await store.load(name, { signal }))?.value.inventory.keys() ?? [])]
await engine.stop()
await store[Symbol.asyncDispose]()
await target[Symbol.asyncDispose]()
process.stdout.write(`${JSON.stringify({ recorded } satisfies Recorded)}\n`)
process.exit(0)
