import { type Clock, type Store, systemClock, type Target } from '@mooring/core'
import type { ConnectionOptions } from './connection/connection.ts'
import type { KubernetesObject } from './objects/object.ts'
import { openSession, type Session } from './session.ts'
import { type ClusterStoreOptions, clusterStore } from './store/cluster-store.ts'
import { clusterTarget, type TargetOptions } from './target.ts'

/** How a cluster is reached and watched. */
export interface ClusterOptions extends ConnectionOptions {
  /** What people read in plans and events. Default: the context's name where one is given, else `cluster`. */
  readonly name?: string
  /**
   * Which cluster this is, where its namespace `kube-system` may not be read. Default: the uid of that namespace. Whoever
   * names it vouches for it: another cluster behind the same URL is not noticed.
   */
  readonly identity?: string
  /** Default 16. Requests under way at once, watches not counted. */
  readonly maxConnections?: number
  /**
   * Default 90000. How long what a watch showed is vouched for after the API server was last heard. It sends something
   * every 60 s at least, so less than that throws away healthy watches.
   */
  readonly staleMs?: number
}

/**
 * Where a cluster keeps its session, for adapters that build on it (see `parts.ts`). A registered symbol, so that two
 * installed copies agree; no part of what users see.
 */
export const clusterParts: unique symbol = Symbol.for('mooring.kubernetes.parts') as never

/** One cluster: one connection, one discovery and one set of watches, whatever the number of targets on it. */
export interface KubernetesCluster extends AsyncDisposable {
  readonly name: string
  /** A target on this cluster, one for each application or shared by several. No I/O. Throws `INVALID_OPTION`. */
  readonly target: (options?: TargetOptions) => Target<KubernetesObject>
  /** A store in Secrets of this cluster, for the engine that may run elsewhere. No I/O. Throws `INVALID_OPTION`. */
  readonly store: (options: ClusterStoreOptions) => Store
}

/**
 * A Kubernetes cluster. No I/O: the connection is opened when the first target is asked for something, and closed when
 * all targets and stores on it are disposed, which `engine.stop()` does. Disposing the cluster closes it at once.
 *
 * @example
 * ```ts
 * const prod = kubernetesCluster({ context: 'prod' })
 * engine.add(defineApplication({
 *   name: 'shop', source, path: 'apps/shop', renderer: manifests(), target: prod.target({ namespace: 'shop' }),
 * }))
 * ```
 */
export function kubernetesCluster(options: ClusterOptions = {}): KubernetesCluster {
  const clock: Clock = options.clock ?? systemClock
  const { maxConnections = 16, staleMs = 90_000 } = options
  const name = options.name ?? options.context ?? 'cluster'
  let session: Session | undefined
  let users = 0
  const close = async (): Promise<void> => {
    const open = session
    session = undefined
    await open?.close()
  }
  const opened = (): Session => (session ??= openSession({ ...options, clock, maxConnections, staleMs }))
  const leave = async (): Promise<void> => {
    users--
    if (users === 0) await close()
  }
  const cluster: KubernetesCluster & { readonly [clusterParts]: () => JoinedCluster } = {
    name,
    [clusterParts]: () => {
      users++
      return { name, session: opened, leave }
    },
    target: (of = {}) => {
      const target = clusterTarget({ cluster: name, staleMs, options: of, session: opened, leave })
      users++
      return target
    },
    store: (of) => {
      const store = clusterStore({ cluster: name, options: of, api: () => opened().api, leave })
      users++
      return store
    },
    [Symbol.asyncDispose]: close,
  }
  return cluster
}

/** A cluster as one that builds on it has it: with the session that all share. */
export interface JoinedCluster {
  readonly name: string
  readonly session: () => Session
  /** The one who joined is disposed. */
  readonly leave: () => Promise<void>
}
