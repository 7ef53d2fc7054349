// The process that is killed amid operations with hooks. What it is to do stands in its argument.
import { appendFileSync } from 'node:fs'
import { createEngine, defineApplication, type Hook, lend } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { sqliteStore } from '@mooring/store-sqlite'
import { installationOf, type PlaceSettings } from '../place.ts'
import { type HookFailpoint, hookFailpointsAround } from './hook-failpoints.ts'
import { hookAdaptersOf } from './hook-place.ts'

/** What one process is told. */
export interface HookAssignment {
  readonly place: PlaceSettings
  readonly store: string
  /** A file to which everything is noted at once, a line each, so that it outlives the process. */
  readonly notes: string
  readonly files: Readonly<Record<string, string>>
  readonly failpoint?: HookFailpoint
}

const { place, store: path, notes, files, failpoint } = JSON.parse(process.argv[2] ?? '') as HookAssignment
const note = (line: string): void => appendFileSync(notes, `${line}\n`)
const { renderer, target } = hookAdaptersOf(place)
const store = sqliteStore(path)
const guard = hookFailpointsAround(failpoint, ({ head: { operation } }) => {
  // Nothing of an operation may be announced while a hook before it has not come to a good end.
  const open = operation?.hooks?.filter(({ phase, state }) => phase === 'beforeSync' && state !== 'finished')
  if (operation === undefined || (open?.length ?? 0) > 0 || (operation.hooks?.length ?? 0) < beforeHooks)
    note(`past ${operation?.id}`)
})
/** Two functions and a resource. */
const beforeHooks = 3

const hook = (name: string, idempotent = false): Hook => ({
  name,
  idempotent,
  run: async ({ operation, phase, stage }) => {
    const id = `${operation.id}/${phase}/${stage?.number ?? ''}/${name}${idempotent ? '/again' : ''}`
    guard.pass('beforeFunction')
    note(`starts ${id}`)
    await new Promise((resolve) => setTimeout(resolve, 3))
    guard.pass('amidFunction')
    await new Promise((resolve) => setTimeout(resolve, 3))
    note(`ends ${id}`)
    guard.pass('afterFunction')
  },
})
const source = memorySource({ pollMs: 50, files })
const engine = createEngine({
  store: guard.store(lend(store)),
  installation: installationOf(place),
  lease: { holder: 'agent' },
})
engine.add(
  defineApplication({
    name: 'shop',
    source,
    path: 'app',
    renderer,
    target: guard.target(target),
    hooks: {
      beforeSync: [hook('migrate'), hook('warm', true)],
      afterStage: hook('probe'),
      afterSync: hook('announce'),
      onFailure: hook('page'),
    },
    sync: { prune: true, intervalMs: 500 },
  }),
)
process.stdout.write('started\n')
await engine.start()
process.once('SIGTERM', () => {
  void engine.status('shop').then((status) => {
    process.stderr.write(`${JSON.stringify(status)}\n`)
    process.exit(3)
  })
})
for (;;) {
  const { sync, operation, lastOperation, lastError } = await engine.status('shop')
  // Here is the person who decides about what nobody can know.
  if (operation === undefined && lastOperation?.awaitsDecision === true)
    await engine.sync('shop', { actor: 'decides' })
  else if (sync === 'synced' && operation === undefined && lastOperation?.outcome === 'synced' && !lastError)
    break
  await new Promise((resolve) => setTimeout(resolve, 10))
}
// What is told may be lost in a crash; history is not.
for (const { operation, outcome, reasons } of await engine.history('shop', { limit: 500 }))
  if (operation !== undefined) note(`finished ${operation} ${outcome} ${reasons[0]?.split(':')[0] ?? ''}`)
await engine.stop()
await store[Symbol.asyncDispose]()
await target[Symbol.asyncDispose]()
process.exit(0)
