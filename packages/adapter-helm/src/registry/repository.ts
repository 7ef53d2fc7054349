import { createHash } from 'node:crypto'
import type { Abortable } from '@mooring/core'
import { chartLimits } from '../chart/chart.ts'
import type { RepositoryChart } from '../chart/chart-reference.ts'
import type { ChartArchive } from './chart-registry.ts'
import type { RegistryHttp } from './http.ts'
import { chartNotFound, digestMismatch, indexInvalid } from './registry-errors.ts'
import type { RepositoryIndexes } from './repository-index.ts'

/** An archive with its signature, where that was asked for and is there. */
export interface Fetched extends ChartArchive {
  /** The archive's name, which a signature names too. */
  readonly file: string
  readonly signature?: Uint8Array
}

/** `sha256:…` of some bytes. */
export const sha256 = (content: Uint8Array): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`

/** Fetches a chart from a Helm repository: by its index, and checked against the digests of index and reference. */
export async function fetchFromRepository(
  chart: RepositoryChart,
  parts: {
    readonly http: RegistryHttp
    readonly indexes: RepositoryIndexes
    readonly withSignature: boolean
  },
  options: Abortable,
): Promise<Fetched> {
  const { repository, name, version } = chart
  const title = `${name} ${version} of ${repository}`
  const entry = await parts.indexes.find(repository, name, version, options)
  if (entry === undefined) throw chartNotFound(title, 'no such version in the index')
  const base = new URL(`${repository.replace(/\/$/, '')}/`)
  if (!URL.canParse(entry.url, base.href)) throw indexInvalid(base, `an unusable URL for ${name} ${version}`)
  const url = new URL(entry.url, base)
  const { status, body } = await parts.http.get({ url, mostBytes: chartLimits.archiveBytes }, options)
  if (status === 404) throw chartNotFound(title, 'that its index names an archive that is not there')
  const digest = sha256(body)
  for (const expected of [chart.digest, entry.digest]) {
    if (expected !== undefined && expected !== digest) throw digestMismatch(title, expected, digest)
  }
  const file = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  if (!parts.withSignature) return { title, digest, content: body, file }
  const signature = await parts.http.get({ url: new URL(`${url.href}.prov`), mostBytes: 1_048_576 }, options)
  return {
    title,
    digest,
    content: body,
    file,
    ...(signature.status === 200 && { signature: signature.body }),
  }
}
