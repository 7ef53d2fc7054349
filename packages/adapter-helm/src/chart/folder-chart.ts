import type { Abortable, MooringError, Snapshot } from '@mooring/core'
import type { ChartRegistry } from '../registry/chart-registry.ts'
import { pathFrom } from '../values/path-from.ts'
import { type Chart, chartLimits } from './chart.ts'
import { type ChartYaml, type Dependency, readChartLock, readChartYaml } from './chart-yaml.ts'
import { invalidChart } from './invalid-chart.ts'
import type { LocatedChart } from './locate-chart.ts'
import { missingDependencies } from './missing-dependencies.ts'
import { readSources } from './read-sources.ts'
import { faultInPath } from './safe-path.ts'

/** Where a chart in a snapshot stands. */
export interface FolderPlace {
  readonly snapshot: Snapshot
  readonly folder: string
  readonly registry: ChartRegistry
}

/**
 * A chart in a folder of the snapshot. Its identity is the folder's digest, with those of charts beside it that it names by
 * `file://`; what it fetches is pinned by its `Chart.lock`, which stands in the folder.
 */
export async function folderChart(place: FolderPlace, options: Abortable, depth = 0): Promise<LocatedChart> {
  const { snapshot, folder } = place
  const digest = await snapshot.digestOf(folder, options)
  const fail = (found: string): MooringError => invalidChart(folder, found)
  if (depth > chartLimits.archives) throw fail('charts that need each other without end')
  const chart = readChartYaml(await fileIn(place, 'Chart.yaml', digest, options), fail)
  const beside: string[] = []
  for (const { repository } of chart.dependencies) {
    const other = besideOf(folder, repository)
    if (other !== undefined)
      beside.push((await folderChart({ ...place, folder: other }, options, depth + 1)).identity)
  }
  return {
    identity: JSON.stringify([digest, beside]),
    load: (loading) => load(place, chart, loading, depth),
  }
}

/** The folder that a `file://` dependency names. */
const besideOf = (folder: string, repository: string): string | undefined =>
  repository.startsWith('file://') ? pathFrom(folder, repository.slice('file://'.length)) : undefined

async function load(place: FolderPlace, chart: ChartYaml, options: Abortable, depth: number): Promise<Chart> {
  const { folder } = place
  const fail = (found: string): MooringError => invalidChart(folder, found)
  const files = new Map(await filesIn(place, fail, options))
  const own = new Set(files.keys())
  const locked: readonly Dependency[] = readChartLock(files.get('Chart.lock'), fail)
  const missing = await missingDependencies({ chart, locked, files, fail })
  for (const dependency of missing) {
    const beside = besideOf(folder, dependency.repository)
    if (beside !== undefined) {
      const other = await (await folderChart({ ...place, folder: beside }, options, depth + 1)).load(options)
      for (const [path, content] of other.files) files.set(`charts/${dependency.name}/${path}`, content)
    } else if (dependency.reference === undefined) throw fail(dependency.problem)
    else {
      const { content } = await place.registry.fetch(dependency.reference, options)
      files.set(`charts/${dependency.name}-${dependency.version}.tgz`, content)
    }
  }
  const { name, version } = chart
  const prefix = folder === '' ? '' : `${folder}/`
  return {
    name,
    version,
    files,
    sources: await readSources(name, files, fail),
    placeOf: (printed) => {
      const path = printed.slice(printed.indexOf('/') + 1)
      return own.has(path) ? `${prefix}${path}` : printed
    },
  }
}

async function filesIn(
  { snapshot, folder }: FolderPlace,
  fail: (found: string) => MooringError,
  options: Abortable,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const prefix = folder === '' ? 0 : folder.length + 1
  let bytes = 0
  for await (const { path, kind, size } of snapshot.list(folder, options)) {
    const name = path.slice(prefix)
    if (kind === 'link') throw fail(`a symbolic link, ${name}`)
    if (kind === 'submodule') throw fail(`a submodule, ${name}`)
    const fault = faultInPath(name)
    if (fault !== undefined) throw fail(fault)
    if (files.size >= chartLimits.files) throw fail(`more than ${chartLimits.files} files`)
    if ((size ?? 0) > chartLimits.fileBytes)
      throw fail(`a file of more than ${chartLimits.fileBytes / 1_048_576} MiB, ${name}`)
    const content = await snapshot.read(path, options)
    bytes += content.length
    if (bytes > chartLimits.bytes) throw fail(`more than ${chartLimits.bytes / 1_048_576} MiB of files`)
    files.set(name, content)
  }
  return files
}

/** A file of the chart, or nothing where the folder has none. A folder that is not there is the snapshot's to refuse. */
async function fileIn(
  { snapshot, folder }: FolderPlace,
  name: string,
  digest: string | undefined,
  options: Abortable,
): Promise<Uint8Array | undefined> {
  const path = folder === '' ? name : `${folder}/${name}`
  if (digest !== undefined && (await snapshot.digestOf(path, options)) === undefined) return undefined
  return snapshot.read(path, options)
}
