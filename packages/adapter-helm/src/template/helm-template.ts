import { createHash } from 'node:crypto'
import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import { type Abortable, canonicalJson, type Rendered, type Renderer, type RenderInput } from '@mooring/core'
import type { ChartReference } from '../chart/chart-reference.ts'
import { locateChart } from '../chart/locate-chart.ts'
import { type ChartRegistry, chartRegistry } from '../registry/chart-registry.ts'
import { type Helm, helmProgram } from '../run/helm-program.ts'
import { resolveValues } from '../values/resolve-values.ts'
import type { ValuesSource } from '../values/values-source.ts'
import { recentRenders } from './recent-renders.ts'
import { renderChart } from './render-chart.ts'
import { type TemplateSettings, templateSettings } from './template-settings.ts'
import { versionsFrom } from './versions-from.ts'

/** What {@link helmTemplate} renders. Everything but `helm` and `registry` is part of the renderer's digest. */
export interface HelmTemplateOptions {
  /** `.Release.Name`. */
  readonly releaseName: string
  /**
   * `.Release.Namespace`. Objects that name no namespace get the target's, so give the same.
   */
  readonly namespace: string
  /** Default: the application's folder is the chart. */
  readonly chart?: ChartReference
  /** Later ones go before earlier ones, as with Helm's `--values`; the chart's own come last. Default none. */
  readonly values?: readonly ValuesSource[]
  /** Such as `1.36.3`. Default: what the target tells, else the version that Helm was built with. */
  readonly kubernetesVersion?: string
  /** For `.Capabilities.APIVersions`, beside those that Helm knows. Default: what the target tells. */
  readonly apiVersions?: readonly string[]
  /** Default true: the definitions in the chart's `crds` folders are rendered, and so kept up to date. */
  readonly includeCrds?: boolean
  /**
   * Default `refuse`: a template that calls `lookup` is an error, because nothing is looked up while rendering: it would get
   * an empty answer in silence. `empty`: that is what it gets.
   */
  readonly lookup?: 'refuse' | 'empty'
  /** Default `refuse`; see `manifests`. */
  readonly controlObjects?: 'refuse' | 'apply'
  /** Default false. True: values are not held against the chart's `values.schema.json`. */
  readonly skipSchemaValidation?: boolean
  /** The Helm to run. Default: one of this renderer's own. Share one, and its cap of processes counts for all. */
  readonly helm?: Helm
  /** Where charts are fetched. Default: one of this renderer's own, without credentials. */
  readonly registry?: ChartRegistry
}

/**
 * A Helm chart as manifests, under Mooring's own plan, drift, prune and health. `helm template` runs in a private folder
 * without a cluster, network or plugins, and only when chart, values or versions are others than in the last renders.
 *
 * Hooks stay what they are, with their annotations, for the target to run; tests, and hooks of phases that a rendered chart
 * never has (delete, rollback), are skipped by name. A chart that gives something else each time is
 * `RENDER_NOT_REPEATABLE`.
 *
 * Throws `CHART_INVALID` and what fetching throws, `HELM_VALUES_INVALID`, `HELM_TEMPLATE_FAILED`, `HELM_LOOKUP`,
 * `HELM_LIMIT_EXCEEDED`, `HELM_NOT_FOUND`, `HELM_VERSION`, what `manifests` throws for what the chart gives, and
 * `INVALID_OPTION` right away. No error holds a value.
 *
 * @example
 * ```ts
 * helmTemplate({
 *   releaseName: 'shop',
 *   namespace: 'shop',
 *   chart: { oci: 'oci://ghcr.io/stefanprodan/charts/podinfo', version: '6.14.1' },
 *   values: [{ file: 'values.yaml' }, { file: 'prod.yaml', optional: true }],
 * })
 * ```
 */
export function helmTemplate(options: HelmTemplateOptions): Renderer<KubernetesObject> {
  const settings = templateSettings(options)
  const { helm = helmProgram(), registry = chartRegistry() } = options
  const recent = recentRenders()
  return {
    name: 'helmTemplate',
    digest: settings.digest,
    render: (input, abortable) => render(input, { settings, helm, registry, recent }, abortable),
  }
}

interface Parts {
  readonly settings: TemplateSettings
  readonly helm: Helm
  readonly registry: ChartRegistry
  readonly recent: ReturnType<typeof recentRenders>
}

async function render(
  input: RenderInput,
  { settings, helm, registry, recent }: Parts,
  options: Abortable,
): Promise<Rendered<KubernetesObject>> {
  options.signal.throwIfAborted()
  const { snapshot, path } = input
  const located = await locateChart(settings.chart, { snapshot, path, registry }, options)
  const values = await resolveValues(settings.values, input, options)
  const versions = versionsFrom(settings, input.facts)
  // Settings are left out: there is one cache for each renderer. Of values, only the digest is kept.
  const name = createHash('sha256')
    .update(canonicalJson({ chart: located.identity, values, versions, helm: await helm.version(options) }))
    .digest('base64url')
  return recent.of(name, async () => {
    const chart = await located.load(options)
    return renderChart({ chart, values, versions, settings, helm }, options)
  })
}
