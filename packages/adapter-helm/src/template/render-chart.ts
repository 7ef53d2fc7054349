import type { KubernetesObject } from '@mooring/adapter-kubernetes'
import { type Abortable, MooringError, type Rendered } from '@mooring/core'
import type { Chart } from '../chart/chart.ts'
import { changingFunctions, findCalls } from '../chart/find-calls.ts'
import { chartArgument, writeChart } from '../chart/write-chart.ts'
import type { Helm } from '../run/helm-program.ts'
import type { Mapping } from '../values/read-mapping.ts'
import { parseOutput } from './parse-output.ts'
import { refuseLookups } from './refuse-lookups.ts'
import { templateFailed } from './template-failed.ts'
import type { TemplateSettings } from './template-settings.ts'
import type { Versions } from './versions-from.ts'

/** One rendering. */
export interface ChartRendering {
  readonly chart: Chart
  readonly values: Mapping
  readonly versions: Versions
  readonly settings: TemplateSettings
  readonly helm: Helm
}

/**
 * Runs `helm template`, twice where the chart calls functions that may give something else each time. What counts are the
 * manifests: many charts make up names for their tests, which are left out.
 */
export async function renderChart(
  rendering: ChartRendering,
  options: Abortable,
): Promise<Rendered<KubernetesObject>> {
  const { chart, settings, values } = rendering
  if (settings.lookup === 'refuse') refuseLookups(chart, values)
  const reading = { chart, controlObjects: settings.controlObjects, signal: options.signal }
  const once = async () => parseOutput(await runTemplate(rendering, options), reading)
  const rendered = await once()
  const changing = findCalls(chart.sources, changingFunctions)
  if (changing.length > 0 && !isSame(rendered, await once())) throw notRepeatable(chart, changing)
  return rendered
}

const isSame = (one: Rendered<KubernetesObject>, other: Rendered<KubernetesObject>): boolean =>
  JSON.stringify(one.manifests) === JSON.stringify(other.manifests)

async function runTemplate(
  { chart, values, versions, settings, helm }: ChartRendering,
  options: Abortable,
): Promise<string> {
  const { code, stdout, stderr } = await helm.run(
    {
      title: `helm template of chart ${chart.name} ${chart.version}`,
      args: argumentsOf(chart, versions, settings),
      input: JSON.stringify(values),
      prepare: (folder, signal) => writeChart(chart, folder, signal),
      // Helm catches SIGTERM, and goes on with a template. Rendering has nothing to leave in order.
      limits: { graceMs: 0 },
    },
    options,
  )
  if (code === 0) return stdout
  throw templateFailed(chart, stderr)
}

function argumentsOf(chart: Chart, versions: Versions, settings: TemplateSettings): readonly string[] {
  const { kubernetesVersion, apiVersions } = versions
  return [
    'template',
    settings.releaseName,
    chartArgument(chart),
    `--namespace=${settings.namespace}`,
    '--values=-',
    ...(settings.includeCrds ? ['--include-crds'] : ['--skip-crds']),
    ...(settings.skipSchemaValidation ? ['--skip-schema-validation'] : []),
    ...(kubernetesVersion === null ? [] : [`--kube-version=${kubernetesVersion}`]),
    ...inChunks(apiVersions.filter((version) => /^[\w./-]+$/.test(version))).map(
      (versions) => `--api-versions=${versions.join(',')}`,
    ),
  ]
}

/** An argument has a limit of its own (128 KiB on Linux). */
function inChunks(texts: readonly string[]): readonly (readonly string[])[] {
  const size = 500
  return Array.from({ length: Math.ceil(texts.length / size) }, (_, at) =>
    texts.slice(at * size, (at + 1) * size),
  )
}

const notRepeatable = (chart: Chart, calls: ReturnType<typeof findCalls>): MooringError => {
  const places = calls.slice(0, 5).map(({ name, path, line }) => `${name} in ${chart.placeOf(path)}:${line}`)
  return new MooringError({
    code: 'RENDER_NOT_REPEATABLE',
    kind: 'permanent',
    message: `Expected chart ${chart.name} ${chart.version} to give the same for the same values, found another output at the second run; it calls ${places.join(', ')}`,
    hint: 'Give the chart what it makes up (a password, a certificate) as a value or an existing Secret, so that the template does not call these functions.',
  })
}
