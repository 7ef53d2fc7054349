// The process that is killed: a real engine on a store of its own and a real control plane, on a branch that is never quiet.
import { kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { sqliteStore } from '@mooring/store-sqlite'

/** What one process is told. */
export interface Assignment {
  readonly kubeconfig: string
  readonly store: string
  readonly namespace: string
  readonly files: Readonly<Record<string, string>>
  /** Approves what is held, after this many commits elsewhere, and dies right after so many writes. */
  readonly approve?: { readonly afterCommits: number; readonly writes: number }
}

const { kubeconfig, store, namespace, files, approve } = JSON.parse(process.argv[2] ?? '') as Assignment
const cluster = kubernetesCluster({ kubeconfig: { text: kubeconfig } })
const target = cluster.target({ namespace })
let writes = 0
const engine = createEngine({
  store: sqliteStore(store),
  installation: namespace,
  lease: { holder: 'agent' },
})
const source = memorySource({ pollMs: 20, files })
engine.add(
  defineApplication({
    name: 'shop',
    source,
    path: 'app',
    renderer: manifests(),
    target: {
      ...target,
      apply: async (change, call) => {
        const result = await target.apply(change, call)
        if (approve !== undefined && ++writes === approve.writes) process.kill(process.pid, 'SIGKILL')
        return result
      },
    },
    sync: { approval: 'always', concurrency: 1, intervalMs: 3_600_000 },
  }),
)
let seen = 0
engine.on('source.resolved', () => void seen++)
await engine.start()
const busy = setInterval(() => source.commit({ 'elsewhere/note': String(performance.now()) }), 30)
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}
if (approve !== undefined) {
  await until(async () => (await engine.status('shop')).holds.length > 0)
  const { id } = await engine.plan('shop')
  await until(async () => seen > approve.afterCommits)
  process.stdout.write(`${id}\n`)
  await engine.approve(id, { actor: 'grace' })
}
await until(async () => (await engine.status('shop')).lastOperation !== undefined)
clearInterval(busy)
const { lastOperation, resources } = await engine.status('shop')
process.stdout.write(
  `${JSON.stringify({ lastOperation, resources, history: await engine.history('shop') })}\n`,
)
await engine.stop()
await cluster[Symbol.asyncDispose]()
