import type { Observation, ResourceKey } from '@mooring/core'
import type { ResourceType } from '../discovery/resource-type.ts'
import { keyOf, partsOf } from '../objects/key.ts'
import type { Api } from '../transport/api.ts'
import { pagesOf } from './pages.ts'
import type { Reads } from './reads.ts'
import type { Records } from './records.ts'
import { observationOf, type View } from './view.ts'

/** What a refresh needs of the watch whose records it brings up to date. */
export interface RefreshInput {
  readonly api: Api
  readonly reads: Reads
  readonly type: ResourceType
  readonly namespace?: string
  readonly view: View
  readonly records: Records
  readonly signal: AbortSignal
}

/**
 * Brings records up to date with the API server as it is now, by one list of versions: only what changed since is read
 * as a whole. What is not in the list is forgotten, so that the next look at it reads it.
 */
export async function refresh(input: RefreshInput): Promise<void> {
  const { api, reads, type, namespace, view, records, signal } = input
  const outdated: Promise<Observation | undefined>[] = []
  const place = namespace === undefined ? {} : { namespace }
  const listing = { type, ...place, labelSelector: view.selector, metadataOnly: true, signal }
  const listed = new Set<ResourceKey>()
  let version = ''
  for await (const { items, version: atVersion } of pagesOf(api, listing)) {
    version = atVersion
    for (const item of items) {
      const key = keyOf(item)
      listed.add(key)
      if (records.get(key)?.version === item.metadata.resourceVersion) continue
      outdated.push(reads.read(type, key, signal).then((object) => object && observationOf(object, view)))
    }
  }
  for (const observation of await Promise.all(outdated)) {
    if (observation !== undefined) records.learn(observation)
  }
  records.keepListed(
    listed,
    version,
    (key) => namespace === undefined || partsOf(key).namespace === namespace,
  )
}
