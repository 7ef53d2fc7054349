import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from '@mooring/adapter-kubernetes/parts'
import type { Chart } from '../chart/chart.ts'
import { fetchedChart } from '../chart/fetched-chart.ts'
import { chartArgument, writeChart } from '../chart/write-chart.ts'
import type { ChartRegistry } from '../registry/chart-registry.ts'
import type { Helm } from '../run/helm-program.ts'
import type { Ran } from '../run/run-process.ts'
import { kubeconfigText } from './kubeconfig-text.ts'
import { partsOfKey, type Release } from './release.ts'

/** What runs of Helm against a cluster need. */
export interface ReleaseTools {
  readonly session: Session
  readonly helm: Helm
  readonly registry: ChartRegistry
}

/** Helm against the cluster: its kubeconfig stands in the private folder of the run, and goes with it. */
export async function runOnCluster(
  { session, helm }: ReleaseTools,
  command: {
    readonly title: string
    readonly args: readonly string[]
    readonly input?: string
    readonly chart?: Chart
    readonly timeoutMs: number
  },
  signal: AbortSignal,
): Promise<Ran> {
  const { title, args, input, chart, timeoutMs } = command
  return helm.run(
    {
      title,
      args,
      ...(input !== undefined && { input }),
      prepare: async (folder, running) => {
        const credentials = await session.connection.credentials({ signal: running })
        await mkdir(join(folder, '.helm'), { mode: 0o700 })
        await writeFile(join(folder, '.helm', 'kubeconfig'), kubeconfigText(credentials), { mode: 0o600 })
        if (chart !== undefined) await writeChart(chart, folder, running)
      },
      limits: { timeoutMs, graceMs: 10_000 },
    },
    { signal },
  )
}

/** The chart of a release, fetched or out of its manifest, and looked at. */
export async function chartOf(
  { chart }: Release,
  { registry }: ReleaseTools,
  signal: AbortSignal,
): Promise<Chart> {
  if (!('archive' in chart)) return fetchedChart(await registry.fetch(chart, { signal }))
  const { name, version, archive } = chart
  return fetchedChart({
    title: `${name} ${version} of the repository`,
    content: Buffer.from(archive, 'base64'),
  })
}

/** Arguments of `helm upgrade --install`, for real or to see what it would do. */
export async function upgradeArguments(
  release: Release,
  chart: Chart,
  { helm }: ReleaseTools,
  more: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { name, namespace, createNamespace = true, maxHistory = 10, takeOwnership = false } = release
  const isFour = (await helm.version({ signal })).startsWith('4.')
  return [
    'upgrade',
    name,
    chartArgument(chart),
    '--install',
    `--namespace=${namespace}`,
    '--values=-',
    `--history-max=${maxHistory}`,
    `--timeout=${timeoutOf(release)}ms`,
    ...(createNamespace ? ['--create-namespace'] : []),
    ...(takeOwnership ? ['--take-ownership'] : []),
    // Without it an upgrade after drift fails on conflicts; with it what Helm applied can be told from what others wrote.
    ...(isFour ? ['--server-side=true', '--force-conflicts'] : []),
    ...more,
  ]
}

/** How long Helm waits for one of its steps. */
export const timeoutOf = ({ timeoutMs = 300_000 }: Pick<Release, 'timeoutMs'>): number => timeoutMs

/** How long a whole run may take: a few of its steps. */
export const wholeTimeoutOf = (release: Pick<Release, 'timeoutMs'>): number => timeoutOf(release) * 3 + 30_000

/** For people, in errors: `helm upgrade of shop/web`. */
export const titleOf = (verb: string, key: string): string => {
  const { namespace, name } = partsOfKey(key)
  return `helm ${verb} of ${namespace}/${name}`
}
