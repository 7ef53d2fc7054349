import { forPeople, labelOf, partsOf } from '@mooring/adapter-kubernetes/parts'
import type { Call, Json, Preview } from '@mooring/core'
import { templateFailed } from '../template/template-failed.ts'
import type { PlacedObject, ReleaseObjects } from './live-release-objects.ts'
import { readRevision, type StoredRelease, storedRelease } from './read-revision.ts'
import { keyOfRelease, type Release } from './release.ts'
import { chartOf, type ReleaseTools, runOnCluster, upgradeArguments, wholeTimeoutOf } from './release-run.ts'
import type { Revision } from './revision.ts'

/** What previews need. */
export interface PreviewParts {
  readonly tools: ReleaseTools
  readonly objects: ReleaseObjects
  readonly call: Call
}

/**
 * What an install or upgrade would change, object by object, from a dry run against the server; hooks are listed, for they
 * would run. Secrets are masked by us, so that a change of one shows and its value does not.
 */
export async function previewUpgrade(
  release: Release,
  latest: Revision | undefined,
  parts: PreviewParts,
): Promise<Preview> {
  const { tools, call } = parts
  const { signal } = call
  const key = keyOfRelease(release)
  const chart = await chartOf(release, tools, signal)
  const { code, stdout, stderr } = await runOnCluster(
    tools,
    {
      title: `helm upgrade --dry-run of ${key}`,
      args: await upgradeArguments(
        release,
        chart,
        tools,
        ['--dry-run=server', '--output=json', '--hide-notes'],
        signal,
      ),
      input: JSON.stringify(release.values ?? {}),
      chart,
      timeoutMs: wholeTimeoutOf(release),
    },
    signal,
  )
  if (code !== 0) throw templateFailed(chart, stderr)
  const wanted = await storedRelease(JSON.parse(stdout) as Readonly<Record<string, unknown>>, signal)
  const before = latest === undefined ? undefined : await shownRevision(key, latest, parts)
  const phase = latest === undefined ? 'install' : 'upgrade'
  return {
    ...(before !== undefined && { before }),
    after: await shown(wanted, release.namespace, parts, phase),
  }
}

/** A revision as Helm stored it, for people. */
export async function shownRevision(
  key: string,
  revision: Revision,
  parts: Pick<PreviewParts, 'objects' | 'call'> & { readonly tools: Pick<ReleaseTools, 'session'> },
): Promise<Json | undefined> {
  const stored = await readRevision(parts.tools.session, key, revision, parts.call.signal)
  return stored === undefined ? undefined : shown(stored, key.slice(0, key.indexOf('/')), parts)
}

async function shown(
  stored: StoredRelease,
  namespace: string,
  { objects, call }: Pick<PreviewParts, 'objects' | 'call'>,
  runs?: 'install' | 'upgrade',
): Promise<Json> {
  // Only what will run is listed, and on one side: hooks are done again each time, whether they changed or not.
  const hooks = stored.hooks.filter((hook) => runs !== undefined && hook.includes(`-${runs}`))
  const placed = await objects.place(stored.objects, namespace, call.signal)
  const byLabel = placed.map(({ key, object }: PlacedObject) => [
    labelOf(partsOf(key)),
    forPeople(object, call),
  ])
  return {
    chart: stored.chart,
    objects: Object.fromEntries(byLabel) as Json,
    ...(hooks.length > 0 && { 'hooks that run': hooks }),
  }
}
