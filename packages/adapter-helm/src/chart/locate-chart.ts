import type { Abortable, Snapshot } from '@mooring/core'
import type { ChartRegistry } from '../registry/chart-registry.ts'
import { pathFrom } from '../values/path-from.ts'
import type { Chart } from './chart.ts'
import type { ChartReference } from './chart-reference.ts'
import { fetchedChart } from './fetched-chart.ts'
import { folderChart } from './folder-chart.ts'
import { invalidChart } from './invalid-chart.ts'

/** A chart that is found and not read yet. */
export interface LocatedChart {
  /** Equal identity = equal content. */
  readonly identity: string
  readonly load: (options: Abortable) => Promise<Chart>
}

/** Where a chart is looked for. */
export interface ChartSurroundings {
  readonly snapshot: Snapshot
  /** The application's folder. */
  readonly path: string
  readonly registry: ChartRegistry
}

/** Finds a chart: in the snapshot by its folder's digest, elsewhere by fetching its archive, which the registry keeps. */
export async function locateChart(
  reference: ChartReference,
  { snapshot, path, registry }: ChartSurroundings,
  options: Abortable,
): Promise<LocatedChart> {
  if (!('path' in reference)) {
    const archive = await registry.fetch(reference, options)
    return { identity: archive.digest, load: () => fetchedChart(archive) }
  }
  const folder = pathFrom(path, reference.path)
  if (folder === undefined) throw invalidChart(reference.path, 'a path that leads out of the repository')
  return folderChart({ snapshot, folder, registry }, options)
}
