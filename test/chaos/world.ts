import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KubernetesObject, kubernetesCluster, manifests } from '@mooring/adapter-kubernetes'
import { createEngine, defineApplication, type Engine, type Target } from '@mooring/core'
import { gitSource } from '@mooring/source-git'
import { sqliteStore } from '@mooring/store-sqlite'
import type { ControlPlane } from '../../tools/control-plane/index.ts'
import { type FaultProxy, faultProxy } from '../../tools/fault-proxy/index.ts'
import { serveGit } from '../../tools/git-http-server/index.ts'
import { type TestRepository, testRepository } from '../../tools/git-repository/index.ts'
import { applications } from './wanted.ts'

/** What disturbs the way between the engine and its cluster, to see a run find out. */
export type Interposed = (target: Target<KubernetesObject>) => Target<KubernetesObject>

/** An engine between a real Git server and a real API server, with a proxy before each. */
export interface World extends AsyncDisposable {
  readonly engine: Engine
  readonly repository: TestRepository
  readonly git: FaultProxy
  readonly api: FaultProxy
  readonly namespace: string
  /** The longest wait before another try that a pass decided on between these moments, in milliseconds. */
  readonly longestBackoffMs: (from: number, to: number) => number
}

/** How often an application is looked at, in milliseconds. */
export const intervalMs = 2_000
/** How often Git is asked. */
export const pollMs = 200
/** How long a dead connection may go unnoticed: by the Git source, by a pass, and by a watch. */
export const unnoticedMs = 4_000

/** Makes the world, with the engine not started yet. */
export async function worldOn(controlPlane: ControlPlane, interposed: Interposed): Promise<World> {
  const namespace = await controlPlane.createNamespace()
  const folder = mkdtempSync(join(tmpdir(), 'mooring-chaos-'))
  const repository = await testRepository()
  const server = await serveGit({ root: repository.root })
  const git = await proxyBefore(server.url)
  const api = await proxyBefore(controlPlane.url)
  const source = gitSource({
    url: `http://127.0.0.1:${git.port}/${repository.name}`,
    pollMs,
    timeoutMs: unnoticedMs,
  })
  const text = controlPlane.admin.kubeconfig.replaceAll(controlPlane.url, `https://127.0.0.1:${api.port}`)
  const cluster = kubernetesCluster({ kubeconfig: { text }, staleMs: unnoticedMs })
  const engine = createEngine({ store: sqliteStore(join(folder, 'state.db')), installation: namespace })
  for (const name of applications) {
    const target = interposed(cluster.target({ namespace }))
    engine.add(defineApplication({ name, source, path: name, renderer: manifests(), target, sync }))
  }
  const waits: { readonly at: number; readonly ms: number }[] = []
  engine.on('pass.finished', ({ at, outcome, nextPassMs }) => {
    if (outcome === 'retry') waits.push({ at, ms: nextPassMs })
  })
  return {
    engine,
    repository,
    git,
    api,
    namespace,
    longestBackoffMs: (from, to) =>
      Math.max(0, ...waits.filter(({ at }) => at >= from && at <= to).map(({ ms }) => ms)),
    [Symbol.asyncDispose]: async () => {
      await engine.stop({ drainMs: 1_000 })
      await cluster[Symbol.asyncDispose]()
      for (const one of [git, api, server, repository]) await one[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const sync = {
  prune: true,
  allowEmpty: true,
  intervalMs,
  readTimeoutMs: unnoticedMs,
  applyTimeoutMs: unnoticedMs,
  // Held deletes wait for a person: here everything has to come about by itself.
  pruneBudget: { max: 10_000, shareOfFew: 1, shareOfMany: 1 },
}

const proxyBefore = (url: string): Promise<FaultProxy> => {
  const { hostname, port } = new URL(url)
  return faultProxy({ host: hostname, port: Number(port) })
}
