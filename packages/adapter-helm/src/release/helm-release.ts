import { type Abortable, canonicalJson, type Renderer, type RenderInput } from '@mooring/core'
import type { ChartReference } from '../chart/chart-reference.ts'
import { locateChart } from '../chart/locate-chart.ts'
import { packChart } from '../chart/pack-chart.ts'
import { type ChartRegistry, chartRegistry } from '../registry/chart-registry.ts'
import { templateSettings } from '../template/template-settings.ts'
import { resolveValues } from '../values/resolve-values.ts'
import type { ValuesSource } from '../values/values-source.ts'
import type { Release, ReleaseChart } from './release.ts'

/** What {@link helmRelease} makes a release of, beside how the release is kept. */
export interface HelmReleaseOptions extends Omit<Release, 'name' | 'chart' | 'values'> {
  readonly releaseName: string
  /** Default: the application's folder is the chart. */
  readonly chart?: ChartReference
  /** Later ones go before earlier ones, as with Helm's `--values`. Default none. */
  readonly values?: readonly ValuesSource[]
  /** Where dependencies of a chart in the repository are fetched. Default: one of its own, without credentials. */
  readonly registry?: ChartRegistry
}

/**
 * One Helm release as the manifest of {@link helmReleases}, with values from the repository. A chart in the repository
 * stands in the manifest, packed; any other is fetched by the target. No process. Throws `CHART_INVALID`,
 * `HELM_VALUES_INVALID`, what fetching throws, and `INVALID_OPTION` right away.
 */
export function helmRelease(options: HelmReleaseOptions): Renderer<Release> {
  const { releaseName, chart, values, registry = chartRegistry(), ...kept } = options
  const settings = templateSettings({
    releaseName,
    namespace: options.namespace,
    ...(chart && { chart }),
    ...(values && { values }),
  })
  return {
    name: 'helmRelease',
    digest: `helm-release/1 ${settings.digest} ${canonicalJson({ ...kept })}`,
    render: async (input, abortable) => ({
      manifests: [
        {
          manifest: {
            ...kept,
            name: releaseName,
            chart: await chartIn(settings.chart, input, registry, abortable),
            values: await resolveValues(settings.values, input, abortable),
          },
        },
      ],
    }),
  }
}

async function chartIn(
  reference: ChartReference,
  { snapshot, path }: RenderInput,
  registry: ChartRegistry,
  options: Abortable,
): Promise<ReleaseChart> {
  if (!('path' in reference)) return reference
  const located = await locateChart(reference, { snapshot, path, registry }, options)
  const chart = await located.load(options)
  return {
    name: chart.name,
    version: chart.version,
    archive: Buffer.from(packChart(chart)).toString('base64'),
  }
}
