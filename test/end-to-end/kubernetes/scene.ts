import { type IgnoreRule, kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import {
  type ApplicationStatus,
  createEngine,
  defineApplication,
  type EngineEvent,
  type EventType,
  memoryStore,
  type SyncPolicy,
} from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { expect, onTestFinished } from 'vitest'
import type { ApiCall, ControlPlane } from '../../../tools/control-plane/index.ts'
import { serveGit } from '../../../tools/git-http-server/index.ts'
import { type TestRepository, testRepository } from '../../../tools/git-repository/index.ts'

/** What a scene is made of. */
export interface SceneOptions {
  readonly controlPlane: ControlPlane
  /** The first commit. */
  readonly files: Readonly<Record<string, string>>
  readonly sync?: Partial<SyncPolicy>
  /** As whom the engine works. Default: the administrator. */
  readonly kubeconfig?: string
  /** What the targets leave alone. Default nothing. */
  readonly ignore?: readonly IgnoreRule[]
}

/** An engine between a repository that git itself serves over HTTP and a real control plane. */
export async function scene({ controlPlane, files, sync, kubeconfig, ignore = [] }: SceneOptions) {
  const namespace = await controlPlane.createNamespace()
  const repository: TestRepository = await testRepository()
  const server = await serveGit({ root: repository.root })
  await repository.commit({ message: 'first', files })
  const source = gitSource({ url: `${server.url}/${repository.name}`, pollMs: 200 })
  const cluster = kubernetesCluster({ kubeconfig: { text: kubeconfig ?? controlPlane.admin.kubeconfig } })
  const engine = createEngine({ store: memoryStore(), installation: namespace })
  const told: EngineEvent[] = []
  for (const type of watched) engine.on(type, (event) => void told.push({ type, ...event } as EngineEvent))
  const add = (name: string, path: string, policy: Partial<SyncPolicy> = {}): void =>
    engine.add(
      defineApplication({
        name,
        source,
        path,
        renderer: manifests(),
        target: cluster.target({ namespace, ignore }),
        sync: { prune: true, intervalMs: 60_000, ...sync, ...policy },
      }),
    )
  onTestFinished(async () => {
    await engine.stop({ drainMs: 1_000 })
    await cluster[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await repository[Symbol.asyncDispose]()
  })
  /** Waits until the application is as this commit says, and healthy. */
  const synced = async (name: string, revision: string): Promise<ApplicationStatus> => {
    await expect
      .poll(() => engine.status(name).then(brief), { timeout: 60_000, interval: 20 })
      .toEqual({ sync: 'synced', health: 'healthy', applied: revision, error: undefined })
    return engine.status(name)
  }
  return {
    namespace,
    repository,
    engine,
    cluster,
    told,
    add,
    synced,
    call: controlPlane.admin.call as ApiCall,
  }
}

const watched: readonly EventType[] = [
  'manifest.skipped',
  'plan.made',
  'change.applied',
  'change.failed',
  'change.held',
  'drift.found',
  'drift.contested',
  'health.changed',
  'pass.finished',
  'operation.started',
  'operation.finished',
  'hook.started',
  'hook.finished',
]

/** A status in the words that tests compare. */
const brief = (status: ApplicationStatus) => ({
  sync: status.sync,
  health: status.health,
  applied: status.applied?.id,
  error: status.lastError?.message,
})

/** A Deployment with a Service, as YAML. */
export const service = (name: string, image = `registry.example.com/${name}:1`): string => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 1
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
        - name: server
          image: ${image}
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector: { app: ${name} }
  ports: [{ port: 80 }]
`
