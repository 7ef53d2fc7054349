import { type Call, isMooringError, type MooringError } from '@mooring/core'
import { keyOfRelease, type Release } from './release.ts'
import { givenUp, runFailed } from './release-errors.ts'
import { type ReleaseTools, runOnCluster, timeoutOf, titleOf, wholeTimeoutOf } from './release-run.ts'
import { failuresOf } from './remediated.ts'
import { deployedOf, latestOf, type WatchedReleases } from './watch-releases.ts'

/** What remediation needs. */
export interface RemedyParts {
  readonly tools: ReleaseTools
  readonly releases: WatchedReleases
  readonly call: Call
  /** Of the desired manifest. */
  readonly digest: string
}

/**
 * What is thrown for a failed install or upgrade: the failure itself while the policy has tries left; after the last one the
 * release goes back to the revision deployed last, and it is `HELM_RELEASE_GIVEN_UP`.
 */
export async function remediate(
  failure: MooringError,
  release: Release,
  parts: RemedyParts,
  signal: AbortSignal,
): Promise<MooringError> {
  const key = keyOfRelease(release)
  const after = await parts.releases.look(key, signal)
  const isOfTest = isMooringError(failure) && failure.code === 'HELM_TEST_FAILED'
  const failures = failuresOf(after, parts.call.owner, parts.digest) + (isOfTest ? 1 : 0)
  if (failures <= (release.remediation?.retries ?? 1)) return failure
  const back = await rollBack(release, parts, signal)
  return givenUp(key, failures, `: ${failure.message}${back}`)
}

/** Goes back to the revision deployed last, where there is one before this; says so. */
async function rollBack(
  release: Release,
  { tools, releases }: RemedyParts,
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
