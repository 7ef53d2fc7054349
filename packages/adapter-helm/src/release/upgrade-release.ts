import { randomUUID } from 'node:crypto'
import { type ApplyResult, type Call, isMooringError } from '@mooring/core'
import type { Chart } from '../chart/chart.ts'
import type { Ran } from '../run/run-process.ts'
import { keyOfRelease, partsOfKey, type Release } from './release.ts'
import { givenUp, runFailed, testFailed } from './release-errors.ts'
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
import { failuresOf } from './remediated.ts'
import { deployedOf, latestOf, pathOfRevision, type WatchedReleases } from './watch-releases.ts'

/** What installing or upgrading needs. */
export interface UpgradeParts {
  readonly tools: ReleaseTools
  readonly releases: WatchedReleases
  readonly host: string
  readonly call: Call
  /** Of the desired manifest. */
  readonly digest: string
  readonly observe: (signal: AbortSignal) => Promise<ApplyResult['observation']>
}

/**
 * Installs or upgrades by `helm upgrade --install`, and tests where that is asked for. Where it fails, the policy of the
 * release decides: another try, later, or the way back. Throws `HELM_RUN_FAILED`, `HELM_TEST_FAILED` and
 * `HELM_RELEASE_GIVEN_UP`.
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
  const failure = await failureOf(ran, release, chart, parts, signal)
  const after = await releases.look(key, signal)
  if (failure === undefined) return answer(await parts.observe(signal))
  const failures =
    failuresOf(after, call.owner, digest) +
    (isMooringError(failure) && failure.code === 'HELM_TEST_FAILED' ? 1 : 0)
  if (failures <= (release.remediation?.retries ?? 1)) throw failure
  const back = await rollBack(release, parts, signal)
  throw givenUp(key, failures, `: ${failure.message}${back}`)
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

async function failureOf(
  ran: Ran,
  release: Release,
  chart: Chart,
  { tools }: UpgradeParts,
  signal: AbortSignal,
) {
  const key = keyOfRelease(release)
  if (ran.code !== 0) return runFailed('upgrade', key, ran.stderr, chart)
  if (release.test !== true) return undefined
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

/** Goes back to the revision deployed last, where there is one before this; says so. */
async function rollBack(
  release: Release,
  { tools, releases }: UpgradeParts,
  signal: AbortSignal,
): Promise<string> {
  const key = keyOfRelease(release)
  const revisions = releases.of(key)
  const latest = latestOf(revisions)
  const good = deployedOf(revisions.filter(({ revision }) => revision !== latest?.revision))
  if (release.remediation?.fallback === 'nothing') return '; left as it is, as its remediation says'
  if (good === undefined) return '; left as it is: it has never been deployed'
  const { maxHistory = 10 } = release
  const isFour = (await tools.helm.version({ signal })).startsWith('4.')
  const ran = await runOnCluster(
    tools,
    {
      title: titleOf('rollback', key),
      args: [
        'rollback',
        release.name,
        String(good.revision),
        `--namespace=${release.namespace}`,
        `--history-max=${maxHistory}`,
        `--timeout=${timeoutOf(release)}ms`,
        ...(isFour ? ['--server-side=true', '--force-conflicts'] : []),
      ],
      timeoutMs: wholeTimeoutOf(release),
    },
    signal,
  )
  await releases.look(key, signal)
  if (ran.code === 0) return `; rolled back to revision ${good.revision}`
  return `; and going back to revision ${good.revision} failed: ${runFailed('rollback', key, ran.stderr, undefined).message}`
}

/** Whether a chart does something after its objects are there: then only Helm can tell when it is through. */
const hasLateHooks = ({ sources }: Chart): boolean =>
  sources.some(({ text }) => /helm\.sh\/hook["']?\s*:.*post-(?:install|upgrade)/.test(text))
