import type { Call, Clock, Observation, Owner } from '@mooring/core'
import { isMooringError } from '@mooring/core'
import type { Discovery } from './discovery/discovery.ts'
import type { ResourceType } from './discovery/resource-type.ts'
import { type SharedRun, sharedRun } from './discovery/shared-run.ts'
import { pagesOf } from './live/pages.ts'
import { viewOf } from './live/view.ts'
import { keyOf } from './objects/key.ts'
import type { KubernetesObject } from './objects/object.ts'
import { ownerIn } from './objects/owner-mark.ts'
import type { Api } from './transport/api.ts'

/** Everything on one cluster that carries a mark of ours, found for all applications of an installation by one look. */
export interface OwnedObjects {
  /** What carries the mark of the owner who asks. Only identity and owner are told; what is live is seen by `observe`. */
  readonly of: (call: Call) => Promise<readonly Observation[]>
  /** This application has written: what was found before does not speak for it any more. */
  readonly wrote: (owner: Owner) => void
  /** It is another cluster. */
  readonly forgetAll: () => void
}

/** What owned objects are found with. */
export interface OwnedDeps {
  readonly api: Api
  readonly discovery: Discovery
  readonly clock: Clock
  /** A look speaks for this long, as observations do. */
  readonly staleMs: number
}

/** One look: one list of metadata for each type. It speaks once for each application, and for none that has written since. */
interface Look {
  readonly run: SharedRun<ReadonlyMap<string, readonly Observation[]>>
  readonly spoken: Set<string>
  begunAt: number
  found: ReadonlyMap<string, readonly Observation[]> | undefined
}

/**
 * Nothing is looked at before somebody asks. Hundreds of applications that are new to the store ask at a start, each for
 * itself: they share one look, where each of its own would be a list of every type that is served.
 */
export function ownedObjects(deps: OwnedDeps): OwnedObjects {
  const { clock, staleMs } = deps
  const looks = new Map<string, Look>()
  const isOver = ({ found, begunAt }: Look): boolean =>
    found !== undefined && clock.monotonic() - begunAt >= staleMs
  const newLook = (owner: Owner, selector: string): Look => {
    const run = sharedRun(async (signal) => {
      look.begunAt = clock.monotonic()
      look.found = await findAll(deps, owner.installation, selector, signal)
      return look.found
    })
    const look: Look = { run, spoken: new Set(), begunAt: 0, found: undefined }
    looks.set(selector, look)
    return look
  }
  return {
    of: async (call) => {
      const { owner, signal } = call
      signal.throwIfAborted()
      const { selector } = viewOf(call)
      const known = looks.get(selector)
      const isUsable = known !== undefined && !isOver(known) && !known.spoken.has(owner.application)
      const look = isUsable ? known : newLook(owner, selector)
      const found = look.found ?? (await look.run.join(signal))
      look.spoken.add(owner.application)
      return found.get(owner.application) ?? []
    },
    wrote: ({ application }) => {
      for (const [selector, look] of looks) {
        look.spoken.add(application)
        if (isOver(look)) looks.delete(selector)
      }
    },
    forgetAll: () => looks.clear(),
  }
}

/**
 * By application. A type that may not be listed holds nothing that we could have applied and may still prune, so it is
 * passed over.
 */
async function findAll(
  { api, discovery }: OwnedDeps,
  installation: string,
  selector: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Observation[]>> {
  const found = new Map<string, Observation[]>()
  const take = (item: KubernetesObject): void => {
    const owner = ownerIn(item)
    if (owner?.installation !== installation) return
    const ofOwner = found.get(owner.application) ?? []
    found.set(owner.application, ofOwner)
    ofOwner.push(sighting(item, owner))
  }
  const types = listable(await discovery.all({ signal })).values()
  const worker = async (): Promise<void> => {
    for (const type of types) {
      try {
        const pages = pagesOf(api, { type, labelSelector: selector, metadataOnly: true, signal })
        for await (const { items } of pages) items.forEach(take)
      } catch (error) {
        if (isMooringError(error) && (error.code === 'FORBIDDEN' || error.code === 'TYPE_NOT_SERVED'))
          continue
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: listsAtOnce }, worker))
  return found
}

/** Half of the connections that a cluster has by default. */
const listsAtOnce = 8

function sighting(item: KubernetesObject, owner: Owner): Observation {
  const { uid, resourceVersion, deletionTimestamp } = item.metadata
  return {
    key: keyOf(item),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { version: resourceVersion }),
    health: { state: 'unknown', message: 'not looked at' },
    owner,
    ...(deletionTimestamp !== undefined && { deleting: true }),
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
