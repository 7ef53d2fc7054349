// One of several engines on one store. What it is to do stands in its argument.
import { appendFileSync } from 'node:fs'
import { directory, files } from '@mooring/adapter-filesystem'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { type Clock, createEngine, defineApplication, type Store, systemClock } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { sqliteStore } from '@mooring/store-sqlite'

/** What one process is told. */
export interface Assignment {
  readonly name: string
  readonly ttlMs: number
  /** How far its wall clock is off. */
  readonly clockOffMs: number
  readonly store:
    | { readonly kind: 'sqlite'; readonly path: string }
    | { readonly kind: 'kubernetes'; readonly kubeconfig: string; readonly namespace: string }
  readonly live: string
  /** One line for each thing that happens, in the order it happens, of all processes. */
  readonly log: string
}

const { name, ttlMs, clockOffMs, store: where, live, log } = JSON.parse(process.argv[2] ?? '') as Assignment
const say = (what: string): void => appendFileSync(log, `${what} ${name}\n`)
const clock: Clock = { ...systemClock, now: () => systemClock.now() + clockOffMs }
const store: Store =
  where.kind === 'sqlite'
    ? sqliteStore(where.path)
    : kubernetesCluster({ kubeconfig: { text: where.kubeconfig } }).store({ namespace: where.namespace })
const source = memorySource({ pollMs: 50, files: { 'app/a.txt': `${name} 0` } })
const target = directory(live)
const engine = createEngine({ store, clock, installation: 'stand-by', lease: { holder: name, ttlMs } })
engine.add(
  defineApplication({
    name: 'app',
    source,
    path: 'app',
    renderer: files(),
    target: {
      ...target,
      apply: (change, call) => {
        // In one go with the start of the write, so that the order of lines is that of starts.
        say('write')
        return target.apply(change, call)
      },
    },
    sync: { intervalMs: 1_000 },
  }),
)
engine.on('engine.standby', ({ holder }) => say(`standby:${holder}`))
engine.on('engine.started', () => say('started'))
engine.on('engine.superseded', () => say('superseded'))
process.once('SIGTERM', () => {
  clearInterval(commits)
  void engine.stop({ drainMs: 5_000 }).then(() => {
    say('stopped')
    process.exit(0)
  })
})
await engine.start()
// Each wants something else, again and again: whoever has the store writes.
let number = 0
const commits = setInterval(() => source.commit({ 'app/a.txt': `${name} ${++number}` }), 150)
