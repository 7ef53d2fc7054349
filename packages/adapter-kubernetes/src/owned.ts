import type { Call, Observation } from '@mooring/core'
import { isMooringError } from '@mooring/core'
import type { ResourceType } from './discovery/resource-type.ts'
import { pagesOf } from './live/pages.ts'
import { viewOf } from './live/view.ts'
import { keyOf } from './objects/key.ts'
import { ownerIn } from './objects/owner-mark.ts'
import type { Session } from './session.ts'

/**
 * Everything that carries the mark of the owner who asks, of every type that can be listed: one list of metadata for
 * each. Only identity and owner are told; what is live is seen by `observe`. A type that may not be listed holds nothing
 * that we could have applied and may still prune, so it is passed over.
 */
export async function* owned({ api, discovery, identity }: Session, call: Call): AsyncGenerator<Observation> {
  const { signal, owner } = call
  await identity(signal)
  const { selector } = viewOf(call)
  for (const type of listable(await discovery.all({ signal }))) {
    try {
      for await (const { items } of pagesOf(api, {
        type,
        labelSelector: selector,
        metadataOnly: true,
        signal,
      })) {
        for (const item of items) {
          const mark = ownerIn(item)
          if (mark?.installation !== owner.installation || mark.application !== owner.application) continue
          const { uid, resourceVersion, deletionTimestamp } = item.metadata
          yield {
            key: keyOf(item),
            ...(uid !== undefined && { uid }),
            ...(resourceVersion !== undefined && { version: resourceVersion }),
            health: { state: 'unknown', message: 'not looked at' },
            owner: mark,
            ...(deletionTimestamp !== undefined && { deleting: true }),
          }
        }
      }
    } catch (error) {
      if (isMooringError(error) && (error.code === 'FORBIDDEN' || error.code === 'TYPE_NOT_SERVED')) continue
      throw error
    }
  }
}

/** One version of each kind, and only what can be listed and changed. */
function listable(types: readonly ResourceType[]): readonly ResourceType[] {
  const byKind = new Map<string, ResourceType>()
  for (const type of types) {
    const isListable = type.verbs.includes('list') && type.verbs.includes('patch')
    const name = `${type.group}/${type.kind}`
    if (isListable && !byKind.has(name)) byKind.set(name, type)
  }
  return [...byKind.values()]
}
