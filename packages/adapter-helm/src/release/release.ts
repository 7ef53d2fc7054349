import type { IgnoreRule } from '@mooring/adapter-kubernetes'
import type { OciChart, RepositoryChart } from '../chart/chart-reference.ts'
import type { Mapping } from '../values/read-mapping.ts'

/** One Helm release as it should be: the manifest of {@link helmReleases}. Plain JSON. */
export interface Release {
  readonly name: string
  readonly namespace: string
  readonly chart: ReleaseChart
  /** All values, as one. Default none. */
  readonly values?: Mapping
  /** Default true. False: the namespace has to be there. */
  readonly createNamespace?: boolean
  /** Default 10. Revisions that Helm keeps. */
  readonly maxHistory?: number
  /** Default 300,000. How long Helm waits for one of its own steps, such as a hook, and Mooring for objects to be healthy. */
  readonly timeoutMs?: number
  /**
   * Default true: an install or upgrade whose objects are not healthy within `timeoutMs` has failed, with what
   * {@link Release.remediation} makes of that. False: it has succeeded as soon as Helm has applied it, and its health is
   * only shown.
   */
  readonly waitForReady?: boolean
  /** Default false. True: `helm test` has to pass after an install or upgrade; if not, that has failed. */
  readonly test?: boolean
  /**
   * Default false: objects that exist and are not this release's are an error. True: they become the release's, as with
   * `--take-ownership`.
   */
  readonly takeOwnership?: boolean
  /**
   * Fields that healing leaves as they are, such as the replicas of what is scaled elsewhere. The next upgrade writes them
   * as the chart says. Default none.
   */
  readonly ignore?: readonly IgnoreRule[]
  readonly remediation?: Remediation
  /** Keys of releases that have to be ready first, as `namespace/name`. */
  readonly dependsOn?: readonly string[]
}

/** A chart that is fetched, or that stands in the manifest itself. */
export type ReleaseChart = RepositoryChart | OciChart | ArchivedChart

/** A whole chart, as `helm package` makes it. {@link helmRelease} makes one out of a folder of the snapshot. */
export interface ArchivedChart {
  /** For people. */
  readonly name: string
  readonly version: string
  /** Base64. */
  readonly archive: string
}

/** What happens when an install or upgrade fails. */
export interface Remediation {
  /** Default 1. How often the same is tried again before it is given up, until it changes or a person asks. */
  readonly retries?: number
  /**
   * What is done then. Default `rollback`: `helm rollback` to the revision deployed last, where there is one; a first install
   * that failed is left for people to see. `nothing`: it stays as it is.
   */
  readonly fallback?: 'rollback' | 'nothing'
}

/** The key of a release: `namespace/name`. */
export const keyOfRelease = ({ namespace, name }: Pick<Release, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`

/** Namespace and name of a key. */
export function partsOfKey(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name }
}

/** For people. */
export const labelOfRelease = (key: string): string => `Release ${key}`
