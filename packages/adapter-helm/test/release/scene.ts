import { randomUUID } from 'node:crypto'
import { kubernetesCluster } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, type Engine, memoryStore, type SyncPolicy } from '@mooring/core'
import { type FileChanges, memorySource } from '@mooring/core/testing'
import { onTestFinished, vi } from 'vitest'
import type { ControlPlane } from '../../../../tools/control-plane/index.ts'
import { helmPath } from '../../../../tools/parts/helm.ts'
import { run } from '../../../../tools/parts/run.ts'
import {
  type HelmReleaseOptions,
  type HelmReleasesOptions,
  helmProgram,
  helmRelease,
  helmReleases,
} from '../../src/index.ts'

/** How a scene differs from the usual. */
export interface ReleaseSceneOptions {
  readonly files: FileChanges
  readonly release?: Partial<HelmReleaseOptions>
  readonly target?: Partial<HelmReleasesOptions>
  readonly sync?: Partial<SyncPolicy>
  /** Default: a new one. */
  readonly namespace?: string
}

/** An engine that keeps one release called `rel` on a real control plane. */
export interface ReleaseScene {
  readonly namespace: string
  readonly engine: Engine
  readonly source: ReturnType<typeof memorySource>
  readonly target: ReturnType<typeof helmReleases>
  /** What was told: changes and ends of operations. */
  readonly told: string[]
  /** Titles of the runs of Helm that were started by the target. */
  readonly started: string[]
  /** What somebody at a terminal sees. */
  readonly helm: (...args: readonly string[]) => Promise<string>
  readonly history: () => Promise<
    readonly { readonly revision: number; readonly status: string; readonly description: string }[]
  >
  readonly configMap: (name: string) => Promise<{ readonly data: Record<string, string> } | undefined>
  /** Starts the engine and waits until it has synced. */
  readonly start: () => Promise<void>
  readonly commit: (files: FileChanges) => Promise<void>
}

/** Sets the scene. Nothing is started yet. */
export async function releaseScene(cp: ControlPlane, options: ReleaseSceneOptions): Promise<ReleaseScene> {
  // Unlike those of other test files, whose processes are seen here too.
  const namespace = options.namespace ?? (await cp.createNamespace(`ns-${randomUUID().slice(0, 8)}`))
  const path = await helmPath()
  const started: string[] = []
  const program = helmProgram({ path })
  const helm: typeof program = {
    ...program,
    run: (command, abortable) => {
      started.push(command.title)
      return program.run(command, abortable)
    },
  }
  const cluster = kubernetesCluster({ kubeconfig: { text: cp.admin.kubeconfig } })
  const target = helmReleases({ cluster, helm, ...options.target })
  const source = memorySource({ pollMs: 100, files: options.files })
  const engine = createEngine({ store: memoryStore(), installation: namespace })
  engine.add(
    defineApplication({
      name: 'app',
      source,
      path: 'app',
      renderer: helmRelease({
        releaseName: 'rel',
        namespace,
        values: [{ file: 'prod.yaml', optional: true }],
        ...options.release,
      }),
      target,
      sync: { prune: true, ...options.sync },
    }),
  )
  const told: string[] = []
  engine.on(
    'change.applied',
    ({ change, unchanged }) => void told.push(`${unchanged ? 'kept' : change.action} ${change.reason}`),
  )
  engine.on('change.failed', ({ change, error }) => void told.push(`failed ${change.action}: ${error.code}`))
  engine.on('operation.finished', ({ outcome }) => void told.push(outcome))
  onTestFinished(async () => {
    await engine.stop()
    await cluster[Symbol.asyncDispose]()
  })
  const kubeconfig = cp.kubeconfigFile
  const atTerminal = async (...args: readonly string[]): Promise<string> =>
    (await run(path, [...args, `--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`])).stdout
  return {
    namespace,
    engine,
    source,
    target,
    told,
    started,
    helm: atTerminal,
    history: async () => JSON.parse(await atTerminal('history', 'rel', '--output=json')),
    configMap: async (name) => {
      const answer = await cp.admin.call('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}`)
      return answer.status === 200 ? answer.body : undefined
    },
    start: async () => {
      await engine.start()
      await vi.waitFor(() => {
        if (!told.includes('synced')) throw new Error(told.join())
      }, 30_000)
    },
    commit: async (files) => {
      source.commit(files)
      await engine.sync('app', { actor: 'test', timeoutMs: 60_000 }).catch(() => undefined)
    },
  }
}
