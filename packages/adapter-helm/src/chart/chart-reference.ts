import { invalidOption } from '../invalid-option.ts'

/** Where a chart is. What is not in the snapshot is pinned: by a digest, which names its content, or by one version. */
export type ChartReference = ChartFolder | RepositoryChart | OciChart

/** A folder of the snapshot with a `Chart.yaml`. */
export interface ChartFolder {
  /** Relative to the application's folder; from the snapshot's root on when it begins with `/`. */
  readonly path: string
}

/** A chart in a Helm repository, which is an `index.yaml` over HTTP. */
export interface RepositoryChart {
  readonly repository: string
  readonly name: string
  /** One version, such as `6.14.1`. */
  readonly version: string
  /** `sha256:…` of the archive. Default: what the index says. */
  readonly digest?: string
}

/** A chart in an OCI registry. */
export interface OciChart {
  /** Such as `oci://ghcr.io/stefanprodan/charts/podinfo`. */
  readonly oci: string
  /** One version. May be left out where the digest is given. */
  readonly version?: string
  /** `sha256:…` of the manifest. It names the content; a version may be pushed again with another one. */
  readonly digest?: string
}

/** Throws `INVALID_OPTION` unless the reference says where and which. */
export function checkReference(reference: ChartReference): void {
  if ('path' in reference) return
  const { version, digest } = reference
  if (version !== undefined && !exactVersion.test(version)) {
    throw invalidOption('chart.version', 'one exact version, such as 6.14.1, and no range')
  }
  if (digest !== undefined && !digestText.test(digest)) {
    throw invalidOption('chart.digest', 'sha256: and 64 hexadecimal digits')
  }
  if ('oci' in reference) {
    if (version === undefined && digest === undefined)
      throw invalidOption('chart', 'pinned by version or digest')
    if (!ociUrl.test(reference.oci)) throw invalidOption('chart.oci', 'oci://host/path, without a tag')
    return
  }
  if (version === undefined) throw invalidOption('chart.version', 'one exact version')
  if (!/^https?:\/\/[^\s@]+$/.test(reference.repository)) {
    throw invalidOption('chart.repository', 'an https URL without credentials')
  }
  if (!/^[A-Za-z0-9][\w.-]*$/.test(reference.name)) throw invalidOption('chart.name', 'the name of a chart')
}

/** A semantic version (semver.org, 2.0.0), which may begin with `v`. */
export const exactVersion: RegExp = /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/
const digestText = /^sha256:[0-9a-f]{64}$/
const ociUrl = /^oci:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/
