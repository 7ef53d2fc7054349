import type { KubernetesCluster } from '@mooring/adapter-kubernetes'
import { joinCluster, type Session } from '@mooring/adapter-kubernetes/parts'
import {
  type Call,
  type Change,
  MooringError,
  type Observation,
  prepareByKey,
  type Target,
  type WatchHint,
} from '@mooring/core'
import { type ChartRegistry, chartRegistry } from '../registry/chart-registry.ts'
import { type Helm, helmProgram } from '../run/helm-program.ts'
import { applyRelease, jobOf } from './apply-release.ts'
import { checkedKey } from './check-release.ts'
import { createHints, type Hints } from './hints.ts'
import { createJobs } from './jobs.ts'
import { leftRuns } from './left-runs.ts'
import { releaseObjects } from './live-release-objects.ts'
import { compareReleases, releaseObserver } from './observe-release.ts'
import { previewRelease } from './preview-change.ts'
import { labelOfRelease, type Release } from './release.ts'
import { isMadeByUs } from './release-labels.ts'
import type { ReleaseParts } from './release-parts.ts'
import { storedManifests } from './stored-manifests.ts'
import { latestOf, watchReleases } from './watch-releases.ts'

/** Where releases are kept, and how. */
export interface HelmReleasesOptions {
  /** The cluster, which other targets may share. */
  readonly cluster: KubernetesCluster
  /** What people read in plans and events. Default: `helm` and the cluster's name. */
  readonly name?: string
  /** The Helm to run. Default: one of this target's own, with four processes at once. */
  readonly helm?: Helm
  /** Where charts are fetched. Default: one of this target's own, without credentials. */
  readonly registry?: ChartRegistry
  /** Default 900,000. How long an operation of somebody else's, or of a machine that is gone, is waited for. */
  readonly stuckAfterMs?: number
  /** Default false. True: uninstalling leaves the history, as `helm uninstall --keep-history` does. */
  readonly keepHistory?: boolean
  /** Default 5000. How long a pass waits for a run of Helm before it lets it go on alone. */
  readonly patienceMs?: number
}

/** Helm releases as a target, and what a person may ask of it. */
export interface HelmReleases extends Target<Release> {
  /** Tries once more what was given up (`HELM_RELEASE_GIVEN_UP`), at the next sync. `key` is `namespace/name`. */
  readonly retry: (key: string) => void
}

/**
 * Real Helm releases, visible to `helm list`, kept in line: installed and upgraded by `helm upgrade --install`, their
 * objects healed one by one, without an upgrade, when somebody changed them. Looking starts no process and, at rest, asks
 * for nothing: Helm's Secrets and the objects of releases are watched.
 *
 * A release that is not ours follows the ownership policy, whoever made it. An upgrade that takes longer than a moment
 * holds no worker. No I/O. Throws `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * const prod = kubernetesCluster({ context: 'prod' })
 * defineApplication({
 *   name: 'shop',
 *   source,
 *   path: 'apps/shop',
 *   renderer: helmRelease({ releaseName: 'shop', namespace: 'shop', values: [{ file: 'values.yaml' }] }),
 *   target: helmReleases({ cluster: prod }),
 * })
 * ```
 */
export function helmReleases(options: HelmReleasesOptions): HelmReleases {
  const { stuckAfterMs = 900_000, patienceMs = 5000, keepHistory = false } = options
  const cluster = joinCluster(options.cluster)
  const { helm = helmProgram(), registry = chartRegistry() } = options
  const hints: Hints = createHints()
  const again = new Set<string>()
  let opened: ReleaseParts | undefined
  let identity: string | undefined
  let isDisposed = false

  const parts = (): ReleaseParts => (opened ??= open(cluster.session(), hints))
  const open = (session: Session, told: Hints): ReleaseParts => {
    const releases = watchReleases(session, { onNews: (key) => told.tell([key]), onTurn: told.tellAll })
    const objects = releaseObjects(session, (keys) => told.tell(observer.releasesOf(keys)), told.tellAll)
    const observer = releaseObserver({ session, releases, objects })
    const jobs = createJobs(session.clock, patienceMs)
    return {
      tools: { session, helm, registry },
      releases,
      objects,
      stored: storedManifests(session, objects),
      observer,
      jobs,
      left: leftRuns(),
      stuckAfterMs,
      keepHistory,
      again,
      listen: told.listen,
      settled: new Map<string, number>(),
    }
  }
  /** Behind the same address another cluster may answer: what was seen was seen elsewhere. */
  const identified = async (signal: AbortSignal): Promise<string> => {
    const { tools, releases, objects } = parts()
    const found = await tools.session.identity(signal)
    if (identity !== undefined && identity !== found) {
      releases.forgetAll()
      objects.live.forgetAll()
    }
    identity = found
    return found
  }
  return {
    name: options.name ?? `helm ${cluster.name}`,
    supports: { marks: true, uids: false, versions: true, atomic: false, staleMs: 90_000 },
    identity: ({ signal }) => identified(signal),
    prepare: async (manifests, call) => {
      const prepared = prepareByKey(
        {
          key: checkedKey,
          label: ({ namespace, name }) => labelOfRelease(`${namespace}/${name}`),
          traits: ({ dependsOn }) => ({ cascades: true, ...(dependsOn && { dependsOn }) }),
        },
        manifests,
        call,
      )
      // A commit that mends a release need not wait until the one before has failed to come up.
      for (const { key, digest } of prepared.desired) opened?.jobs.overtake(key, jobOf('update', digest))
      return prepared
    },
    compare: (recorded, observed) => compareReleases(recorded.fingerprint, observed.fingerprint),
    observe: async (keys, call) => {
      const { releases, observer } = parts()
      await identified(call.signal)
      await releases.ready(call.signal)
      hints.ask(keys)
      const seen = await Promise.all(keys.map((key) => observer.observe(key, call)))
      return new Map(seen.flatMap((one) => (one === undefined ? [] : [[one.key, one] as const])))
    },
    preview: (change, call) => previewRelease(change, call, parts()),
    apply: async (change: Change<Release>, call: Call) => {
      call.signal.throwIfAborted()
      if (isDisposed) throw disposed()
      return applyRelease(change, call, parts())
    },
    owned: async function* (call): AsyncGenerator<Observation> {
      const { releases, observer } = parts()
      await identified(call.signal)
      await releases.ready(call.signal)
      for (const key of releases.keys()) {
        const latest = latestOf(releases.of(key))
        if (latest === undefined || !isMadeByUs(latest, call.owner)) continue
        const observation = await observer.observe(key, call)
        if (observation?.owner?.application === call.owner.application) yield observation
      }
    },
    forget: (keys) => {
      hints.forget(keys)
      opened?.observer.forget(keys)
    },
    watch: ({ signal }): AsyncIterable<WatchHint> => hints.of(signal),
    retry: (key) => {
      again.add(key)
      hints.tell([key])
    },
    [Symbol.asyncDispose]: async () => {
      if (isDisposed) return
      isDisposed = true
      const reason = new Error('The target was disposed')
      await opened?.jobs.stop(reason)
      opened?.releases.stop()
      opened?.objects.stop(reason)
      await cluster.leave()
    },
  }
}

const disposed = (): MooringError =>
  new MooringError({
    code: 'CONNECTION_CLOSED',
    kind: 'permanent',
    message: 'Expected the target to be in use, found it disposed',
    hint: 'Make another one.',
  })
