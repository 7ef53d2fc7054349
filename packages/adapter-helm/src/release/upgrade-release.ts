import { randomUUID } from 'node:crypto'
import type { ApplyResult, MooringError } from '@mooring/core'
import type { Chart } from '../chart/chart.ts'
import type { Ran } from '../run/run-process.ts'
import { keyOfRelease, partsOfKey, type Release } from './release.ts'
import { runFailed, testFailed } from './release-errors.ts'
import { labelsArgument, notCounted } from './release-labels.ts'
import {
  chartOf,
  type ReleaseTools,
  runOnCluster,
  timeoutOf,
  titleOf,
  upgradeArguments,
  wholeTimeoutOf,
} from './release-run.ts'
import { type RemedyParts, remediate } from './remediate.ts'
import { latestOf, pathOfRevision } from './watch-releases.ts'

/** What installing or upgrading needs. */
export interface UpgradeParts extends RemedyParts {
  readonly host: string
  /** Waits until what Helm applied is healthy; gives the failure if that takes too long. */
  readonly comesUp: (signal: AbortSignal) => Promise<MooringError | undefined>
  readonly observe: (signal: AbortSignal) => Promise<ApplyResult['observation']>
}

/**
 * Installs or upgrades by `helm upgrade --install`, and tests where that is asked for. Where it fails, the policy of the
 * release decides: another try, later, or the way back. Throws `HELM_RUN_FAILED`,
 * `HELM_RELEASE_NOT_READY`, `HELM_TEST_FAILED` and `HELM_RELEASE_GIVEN_UP`.
 */
export async function upgradeRelease(
  release: Release,
  parts: UpgradeParts,
  signal: AbortSignal,
): Promise<ApplyResult> {
  const { tools, releases, call, digest, host } = parts
  const key = keyOfRelease(release)
  const chart = await chartOf(release, tools, signal)
  const revision = (latestOf(releases.of(key))?.revision ?? 0) + 1
  const mark = { owner: call.owner, digest, revision, run: randomUUID(), host }
  const more = [
    `--labels=${labelsArgument(mark)}`,
    '--hide-notes',
    ...(hasLateHooks(chart) ? ['--wait'] : []),
  ]
  const ran = await cutOffIsNoFailure(key, revision, parts, signal, {
    title: titleOf('upgrade', key),
    args: await upgradeArguments(release, chart, tools, more, signal),
    input: JSON.stringify(release.values ?? {}),
    chart,
    timeoutMs: wholeTimeoutOf(release),
  })
  await releases.look(key, signal)
  const failure =
    ran.code !== 0
      ? runFailed('upgrade', key, ran.stderr, chart)
      : ((await parts.comesUp(signal)) ?? (await testOf(release, chart, tools, signal)))
  if (failure !== undefined) throw await remediate(failure, release, parts, signal)
  return answer(await parts.observe(signal))
}

/**
 * Runs Helm. Where we end it ourselves, because the engine stops, Helm writes down a failed revision: it shall not count as
 * one of the chart's.
 */
async function cutOffIsNoFailure(
  key: string,
  revision: number,
  { tools, releases }: UpgradeParts,
  signal: AbortSignal,
  command: Parameters<typeof runOnCluster>[1],
): Promise<Ran> {
  try {
    return await runOnCluster(tools, command, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    const soon = AbortSignal.timeout(5000)
    const revisions = await releases.look(key, soon).catch(() => [])
    const cutOff = revisions.find((one) => one.revision === revision)
    if (cutOff !== undefined) {
      const request = {
        method: 'PATCH',
        path: pathOfRevision(partsOfKey(key).namespace, cutOff),
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: notCounted } },
        signal: soon,
      } as const
      await tools.session.api.call(request).catch(() => undefined)
    }
    throw error
  }
}

const answer = (observation: ApplyResult['observation']): ApplyResult => ({
  outcome: 'changed',
  ...(observation && { observation }),
})

async function testOf(
  release: Release,
  chart: Chart,
  tools: ReleaseTools,
  signal: AbortSignal,
): Promise<MooringError | undefined> {
  if (release.test !== true) return undefined
  const key = keyOfRelease(release)
  const tested = await runOnCluster(
    tools,
    {
      title: titleOf('test', key),
      args: ['test', release.name, `--namespace=${release.namespace}`, `--timeout=${timeoutOf(release)}ms`],
      timeoutMs: wholeTimeoutOf(release),
    },
    signal,
  )
  return tested.code === 0 ? undefined : testFailed(key, tested.stderr, chart)
}

/** Whether a chart does something after its objects are there: then only Helm can tell when it is through. */
const hasLateHooks = ({ sources }: Chart): boolean =>
  sources.some(({ text }) => /helm\.sh\/hook["']?\s*:.*post-(?:install|upgrade)/.test(text))
