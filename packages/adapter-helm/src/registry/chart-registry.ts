import { type Abortable, type Clock, systemClock } from '@mooring/core'
import type { OciChart, RepositoryChart } from '../chart/chart-reference.ts'
import type { Helm } from '../run/helm-program.ts'
import { type RegistryAccess, type RegistryCredentials, type RegistryTls, registryAccess } from './access.ts'
import { registryHttp } from './http.ts'
import { fetchFromOci } from './oci.ts'
import { verifyProvenance } from './provenance.ts'
import { type Fetched, fetchFromRepository } from './repository.ts'
import { repositoryIndexes } from './repository-index.ts'

/** How charts are fetched. */
export interface ChartRegistryOptions {
  /** Who we are to whom. Each is sent to what its URL names and to nothing else, redirects included. Default none. */
  readonly credentials?: readonly RegistryCredentials[]
  /**
   * A Docker `config.json`: its path, or its text. Its `auths` count; credential helpers are not run. Default none.
   */
  readonly dockerConfig?: string | { readonly text: string }
  /** Authorities and client certificates, by URL. Default: what Node trusts. */
  readonly tls?: readonly RegistryTls[]
  /** Allow `http://` to another host than this one. Default false. */
  readonly allowPlainHttp?: boolean
  /** Default 100 MiB. A larger index is refused. */
  readonly indexBytes?: number
  /** Default 300,000. How long an index is believed before the repository is asked whether it has changed. */
  readonly indexMaxAgeMs?: number
  /** Default 60,000. One request, its answer included. */
  readonly timeoutMs?: number
  /** Default 64 MiB. Archives that are kept in memory, the longest unused go first. */
  readonly keepBytes?: number
  /**
   * Whose signatures count. Given: a chart without a good `.prov` file is `CHART_NOT_VERIFIED`. Default: nobody looks, as
   * with Helm.
   */
  readonly provenance?: Provenance
  readonly clock?: Clock
}

/** What signatures are checked with: Helm itself and a keyring in the format of `gpg --export`. */
export interface Provenance {
  readonly keyring: Uint8Array
  readonly helm: Helm
}

/** Fetches charts for any number of renderers and targets, and keeps what it has fetched. */
export interface ChartRegistry {
  /**
   * The archive of a chart, with its content checked against every digest that is known of it. Throws `CHART_NOT_FOUND`,
   * `CHART_ACCESS_DENIED`, `CHART_UNREACHABLE`, `CHART_DIGEST_MISMATCH`, `CHART_INDEX_INVALID`, `CHART_TOO_LARGE` and
   * `CHART_NOT_VERIFIED`.
   */
  readonly fetch: (chart: RepositoryChart | OciChart, options: Abortable) => Promise<ChartArchive>
}

/** The archive of a chart. */
export interface ChartArchive {
  /** For people, without credentials: `podinfo 6.14.1 of https://charts.example.com`. */
  readonly title: string
  /** `sha256:…` of the content. */
  readonly digest: string
  readonly content: Uint8Array
}

/** Repositories and registries with what they need. No I/O. Throws `INVALID_OPTION`. */
export function chartRegistry(options: ChartRegistryOptions = {}): ChartRegistry {
  const { clock = systemClock, keepBytes = 67_108_864, provenance } = options
  const access: RegistryAccess = registryAccess(options)
  const http = registryHttp({ access, clock, timeoutMs: options.timeoutMs ?? 60_000 })
  const indexes = repositoryIndexes({
    http,
    clock,
    mostBytes: options.indexBytes ?? 104_857_600,
    maxAgeMs: options.indexMaxAgeMs ?? 300_000,
  })
  const kept = new Map<string, ChartArchive>()
  const keep = (name: string, archive: ChartArchive): void => {
    kept.delete(name)
    kept.set(name, archive)
    let bytes = [...kept.values()].reduce((sum, { content }) => sum + content.length, 0)
    for (const [oldest, { content }] of kept) {
      if (bytes <= keepBytes || oldest === name) break
      kept.delete(oldest)
      bytes -= content.length
    }
  }
  const get = async (chart: RepositoryChart | OciChart, abortable: Abortable): Promise<ChartArchive> => {
    const withSignature = provenance !== undefined
    const fetched: Fetched =
      'oci' in chart
        ? await fetchFromOci(chart, { http, withSignature }, abortable)
        : await fetchFromRepository(chart, { http, indexes, withSignature }, abortable)
    if (provenance !== undefined) await verifyProvenance(fetched, provenance, abortable)
    return fetched
  }
  return {
    fetch: async (chart, abortable) => {
      abortable.signal.throwIfAborted()
      const name = JSON.stringify(chart, Object.keys(chart).sort())
      const archive = kept.get(name) ?? (await get(chart, abortable))
      keep(name, archive)
      return archive
    },
  }
}
