import { writeFile } from 'node:fs/promises'
import {
  type ClusterOptions,
  type KubernetesCluster,
  type KubernetesObject,
  kubernetesCluster,
} from '@mooring/adapter-kubernetes'
import type { ApplyResult, Change, Expectation, Observation, Target, WatchHint } from '@mooring/core'
import { testCall } from '@mooring/core/testing'
import { onTestFinished } from 'vitest'
import type { ControlPlane } from '../../../tools/control-plane/index.ts'
import { type FaultProxy, faultProxy } from '../../../tools/fault-proxy/index.ts'
import { type Intruder, intruder } from './intruder.ts'

/** How a scene differs from the usual. */
export interface SceneOptions extends ClusterOptions {
  /** As whom the target works. Default: the administrator. */
  readonly kubeconfigText?: string
  /** Where the kubeconfig is written, as a file that may be written anew. Default: it is given as text. */
  readonly kubeconfigFile?: string
  readonly application?: string
  /** Default: a new one, which nobody else uses. */
  readonly namespace?: string
}

/** One target of an installation of its own on a real control plane, behind a proxy, and somebody else beside it. */
export interface ClusterScene {
  readonly namespace: string
  readonly cluster: KubernetesCluster
  readonly target: Target<KubernetesObject>
  readonly proxy: FaultProxy
  readonly other: Intruder
  readonly call: ReturnType<typeof testCall>
  readonly keyOf: (name: string, kind?: string) => string
  readonly configMap: (name: string, data?: Readonly<Record<string, string>>) => KubernetesObject
  readonly observe: (...keys: readonly string[]) => Promise<ReadonlyMap<string, Observation>>
  readonly observeOne: (key: string) => Promise<Observation | undefined>
  readonly observeFresh: (...keys: readonly string[]) => Promise<ReadonlyMap<string, Observation>>
  readonly apply: (
    action: Change<KubernetesObject>['action'],
    manifest: KubernetesObject,
    expects: Expectation,
    more?: Partial<Change<KubernetesObject>>,
  ) => Promise<ApplyResult>
  /** Creates, and gives what is live then. */
  readonly create: (manifest: KubernetesObject) => Promise<Observation>
  /** The hints so far. The target is watched from the first call on. */
  readonly hints: () => readonly WatchHint[]
}

/** Sets the scene, and clears it when the test has finished. */
export async function clusterScene(cp: ControlPlane, options: SceneOptions = {}): Promise<ClusterScene> {
  const {
    kubeconfigText = cp.admin.kubeconfig,
    kubeconfigFile,
    application = 'app',
    namespace = await cp.createNamespace(),
    ...rest
  } = options
  const { hostname, port } = new URL(cp.url)
  const proxy = await faultProxy({ host: hostname, port: Number(port) })
  const text = kubeconfigText.replaceAll(cp.url, `https://127.0.0.1:${proxy.port}`)
  if (kubeconfigFile !== undefined) await writeFile(kubeconfigFile, text)
  const cluster = kubernetesCluster({ ...rest, kubeconfig: kubeconfigFile ?? { text } })
  const target = cluster.target({ namespace })
  const other = await intruder(cp.admin.kubeconfig)
  const call = testCall({ owner: { installation: namespace, application } })
  onTestFinished(async () => {
    await target[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
    await other.close()
    await proxy[Symbol.asyncDispose]()
  })
  const keyOf = (name: string, kind = '/ConfigMap'): string => `${kind}/${namespace}/${name}`
  const apply: ClusterScene['apply'] = async (action, manifest, expects, more = {}) => {
    const { desired, waiting } = await target.prepare([{ manifest }], call)
    const one = desired[0]
    if (one === undefined) throw new Error(`Not prepared: ${JSON.stringify(waiting)}`)
    const { key, label } = one
    const change = { key, label, action, reason: 'added', expects, stage: 0, ...more } as const
    const hasBody = action !== 'delete' && action !== 'release'
    return target.apply({ ...change, ...(hasBody && { desired: one }) }, call)
  }
  const observe: ClusterScene['observe'] = (...keys) => target.observe(keys, call)
  return {
    namespace,
    cluster,
    target,
    proxy,
    other,
    call,
    keyOf,
    configMap: (name, data = { color: 'blue' }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data,
    }),
    observe,
    observeOne: async (key) => (await observe(key)).get(key),
    observeFresh: (...keys) => target.observe(keys, { ...call, fresh: true }),
    apply,
    create: async (manifest) => {
      const { observation } = await apply('create', manifest, { kind: 'absent' })
      if (observation === undefined) throw new Error('Nothing is live after a create')
      return observation
    },
    hints: hintsOf(target),
  }
}

function hintsOf(target: Target<KubernetesObject>): () => readonly WatchHint[] {
  const hints: WatchHint[] = []
  const ended = new AbortController()
  let isFollowed = false
  onTestFinished(() => ended.abort())
  return () => {
    if (!isFollowed) {
      isFollowed = true
      void (async () => {
        for await (const hint of target.watch?.({ signal: ended.signal }) ?? []) hints.push(hint)
      })()
    }
    return hints
  }
}

/** Whether one of the hints speaks of everything. */
export const saysAll = (hints: readonly WatchHint[]): boolean => hints.some((hint) => 'all' in hint)

/** What a change of a live object expects. */
export const present = ({ uid, version }: Observation, withVersion = false): Expectation => ({
  kind: 'present',
  ...(uid !== undefined && { uid }),
  ...(withVersion && version !== undefined && { version }),
})
