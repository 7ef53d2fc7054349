import { failureError } from '@mooring/adapter-kubernetes/parts'
import { type ApplyResult, type Call, type Change, expectLive } from '@mooring/core'
import { runsHere, thisHost } from '../run/this-host.ts'
import { comesUp } from './comes-up.ts'
import { healRelease } from './heal-release.ts'
import { recover } from './recover.ts'
import { labelOfRelease, partsOfKey, type Release } from './release.ts'
import { givenUp, releaseBusy, runFailed } from './release-errors.ts'
import { isMadeFor, runOf, withoutOurLabels } from './release-labels.ts'
import type { ReleaseParts } from './release-parts.ts'
import { runOnCluster, titleOf } from './release-run.ts'
import { remediate } from './remediate.ts'
import { failuresOf } from './remediated.ts'
import { isPending, type Revision } from './revision.ts'
import { pendingState } from './stuck.ts'
import { upgradeRelease } from './upgrade-release.ts'
import { latestOf, pathOfRevision } from './watch-releases.ts'

/** Carries out one change of a release. What takes long goes on as a job, of which the same call tells the end later. */
export async function applyRelease(
  change: Change<Release>,
  call: Call,
  parts: ReleaseParts,
): Promise<ApplyResult> {
  const { key, action, to = '' } = change
  const { jobs } = parts
  const start = (signal: AbortSignal, overtaken: AbortSignal): Promise<ApplyResult> =>
    carryOut(change, { ...call, signal }, parts, overtaken)
  return jobs.run(key, jobOf(action, to), call.signal, start)
}

/**
 * What a job is for. A create of which the end was not awaited is an update when it is asked for again, since the release is
 * there by then: it is the same job.
 */
export const jobOf = (action: Change<Release>['action'], to: string): string =>
  action === 'delete' || action === 'release' ? `${action} ${to}` : `put ${to}`

async function carryOut(
  change: Change<Release>,
  call: Call,
  parts: ReleaseParts,
  overtaken: AbortSignal,
): Promise<ApplyResult> {
  const { key } = change
  const { releases, left } = parts
  // Before the look: what it has ended by now is seen.
  const isLeft = await left.isAtWork(key, call.owner)
  const revisions = await releases.look(key, call.signal)
  const latest = latestOf(revisions)
  if (isLeft) throw releaseBusy(key, latest?.status ?? 'nothing stored yet', latest?.revision ?? 0)
  expectLive(change, liveVersion(latest))
  const free = await freed(key, latest, call, parts)
  switch (change.action) {
    case 'create':
    case 'update':
    case 'replace':
      return install(change, free, call, parts, overtaken)
    case 'delete':
      return uninstall(change, call, parts)
    case 'release':
      return letGo(key, free, call, parts)
    default:
      return change.action satisfies never
  }
}

const liveVersion = (latest: Revision | undefined): { readonly version: string } | undefined =>
  latest === undefined || latest.status === 'uninstalled'
    ? undefined
    : { version: `${latest.revision}.${latest.resourceVersion}` }

/** The latest revision once nothing stands in the way of another one. Throws `HELM_RELEASE_BUSY`. */
async function freed(
  key: string,
  latest: Revision | undefined,
  { signal }: Call,
  { releases, tools, stuckAfterMs }: ReleaseParts,
): Promise<Revision | undefined> {
  if (latest === undefined || !isPending(latest)) return latest
  const { run, host } = runOf(latest)
  const isHere = run !== undefined && host === (await thisHost())
  const hasEnded = isHere && (await runsHere(run)) === false
  const state = pendingState(latest, { hasEnded, now: tools.session.clock.now(), stuckAfterMs })
  if (state === 'busy') throw releaseBusy(key, latest.status, latest.revision)
  await recover(tools.session, key, latest, signal)
  const now = latestOf(await releases.look(key, signal))
  if (now !== undefined && isPending(now)) throw releaseBusy(key, now.status, now.revision)
  return now
}

async function install(
  { key, desired, label }: Change<Release>,
  latest: Revision | undefined,
  call: Call,
  parts: ReleaseParts,
  overtaken: AbortSignal,
): Promise<ApplyResult> {
  if (desired === undefined) throw new TypeError(`${label}: no manifest`)
  const { manifest: release, digest } = desired
  const { releases, objects, stored, observer, tools, again } = parts
  const remedy = { tools, releases, call, digest }
  const observe = (signal: AbortSignal) => observer.observe(key, { ...call, signal, fresh: true })
  if (latest?.status === 'deployed' && isMadeFor(latest, call.owner, digest)) {
    const { ignore = [] } = release
    const isChanged = await healRelease(key, latest, {
      session: tools.session,
      objects,
      stored,
      call,
      ignore,
    })
    // Whoever upgraded may have been killed before it was known to come up.
    const failure = await comesUp(release, parts, call, overtaken)
    if (failure !== undefined) throw await remediate(failure, release, remedy, call.signal)
    const observation = await observer.observe(key, call)
    return { outcome: isChanged ? 'changed' : 'unchanged', ...(observation && { observation }) }
  }
  const failures = failuresOf(releases.of(key), call.owner, digest)
  if (failures > (release.remediation?.retries ?? 1) && !again.delete(key)) throw givenUp(key, failures, '')
  return upgradeRelease(
    release,
    {
      ...remedy,
      host: await thisHost(),
      comesUp: (signal) => comesUp(release, parts, { ...call, signal }, overtaken),
      observe,
    },
    call.signal,
  )
}

async function uninstall(
  { key, label }: Change<Release>,
  call: Call,
  { tools, releases, keepHistory }: ReleaseParts,
): Promise<ApplyResult> {
  const { namespace, name } = partsOfKey(key)
  const ran = await runOnCluster(
    tools,
    {
      title: titleOf('uninstall', key),
      args: [
        'uninstall',
        name,
        `--namespace=${namespace}`,
        '--ignore-not-found',
        '--timeout=300000ms',
        ...(keepHistory ? ['--keep-history'] : []),
      ],
      timeoutMs: 900_000,
    },
    call.signal,
  )
  if (ran.code !== 0) throw runFailed('uninstall', key, ran.stderr, undefined)
  const left = liveVersion(latestOf(await releases.look(key, call.signal)))
  if (left !== undefined) throw runFailed('uninstall', key, `${label} is still there`, undefined)
  return { outcome: 'changed' }
}

/** Ends ownership: our labels go, the release stays as it is. */
async function letGo(
  key: string,
  latest: Revision | undefined,
  { signal }: Call,
  { tools, releases }: ReleaseParts,
): Promise<ApplyResult> {
  if (latest === undefined) return { outcome: 'unchanged' }
  const answer = await tools.session.api.call({
    method: 'PATCH',
    path: pathOfRevision(partsOfKey(key).namespace, latest),
    contentType: 'application/merge-patch+json',
    body: { metadata: { resourceVersion: latest.resourceVersion, labels: withoutOurLabels } },
    signal,
  })
  if (!answer.ok) throw failureError(answer.failure, { verb: 'patch', label: labelOfRelease(key) })
  await releases.look(key, signal)
  return { outcome: 'changed' }
}
