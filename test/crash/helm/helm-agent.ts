// The process that is killed: a real engine on a real store that keeps one release on a real control plane.
import { helmProgram, helmRelease, helmReleases } from '@mooring/adapter-helm'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication } from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { sqliteStore } from '@mooring/store-sqlite'

/** What one process is told. */
export interface HelmAssignment {
  readonly kubeconfig: string
  readonly helm: string
  readonly namespace: string
  readonly store: string
  readonly files: Readonly<Record<string, string>>
}

const told = JSON.parse(process.argv[2] ?? '') as HelmAssignment
const { kubeconfig, namespace, files } = told
const cluster = kubernetesCluster({ kubeconfig: { text: kubeconfig } })
const target = helmReleases({ cluster, helm: helmProgram({ path: told.helm }), patienceMs: 200 })
const engine = createEngine({
  store: sqliteStore(told.store),
  installation: namespace,
  // As a supervisor names what it starts again: the one before is dead, so nobody has to wait for it.
  lease: { holder: 'agent' },
})
engine.add(
  defineApplication({
    name: 'app',
    source: memorySource({ pollMs: 50, files }),
    path: 'app',
    renderer: helmRelease({ releaseName: 'rel', namespace, maxHistory: 1000 }),
    target,
    sync: { intervalMs: 500 },
  }),
)
process.stdout.write('started\n')
await engine.start()
const isSettled = async (): Promise<boolean> => {
  const { sync, health, operation, lastError, applied, desired } = await engine.status('app')
  const isDone =
    sync === 'synced' && health === 'healthy' && operation === undefined && lastError === undefined
  return isDone && applied !== undefined && applied.id === desired?.id
}
while (!(await isSettled())) await new Promise((resolve) => setTimeout(resolve, 20))
await engine.stop()
await cluster[Symbol.asyncDispose]()
process.exit(0)
