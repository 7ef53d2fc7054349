import type { Clock } from '@mooring/core'
import { pathOf } from '../discovery/path-of.ts'
import type { ResourceType } from '../discovery/resource-type.ts'
import type { Api } from '../transport/api.ts'
import { pauseBetween } from './pause-between.ts'

/** What watching definitions needs. */
export interface DefinitionsDeps {
  readonly api: Api
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onChange: (reason: string) => void
}

const definitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  verbs: ['list', 'watch'],
  hasStatus: true,
}
export const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'
/** A chart brings many definitions at once. */
const gatherMs = 200
/** What is served follows a definition after a moment: another look comes this long after the last change. */
const settledMs = 2_000

/**
 * Tells when definitions change, for as long as the signal allows. Only metadata is transferred. Where the watch is not
 * permitted, or breaks, everybody looks again after each pause instead.
 */
export async function watchDefinitions({ api, clock, signal, onChange }: DefinitionsDeps): Promise<void> {
  let cancel = (): void => undefined
  let cancelSettled = (): void => undefined
  let isGathering = false
  const tell = (): void => {
    cancelSettled()
    cancelSettled = clock.timer(settledMs, () => onChange('definitions changed'))
    if (isGathering) return
    isGathering = true
    cancel = clock.timer(gatherMs, () => {
      isGathering = false
      onChange('definitions changed')
    })
  }
  let failures = 0
  while (!signal.aborted) {
    try {
      const query = { allowWatchBookmarks: 'true' }
      for await (const { type } of api.watch({
        path: pathOf(definitions, {}),
        query,
        accept: metadataOnly,
        signal,
      })) {
        failures = 0
        if (type !== 'BOOKMARK') tell()
      }
    } catch {
      failures++
    }
    if (signal.aborted) break
    await pauseBetween(clock, failures + 2, undefined, signal)
    if (!signal.aborted) onChange('definitions may have changed')
  }
  cancel()
  cancelSettled()
}
