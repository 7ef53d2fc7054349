import { type ResourceKey, unlessAborted } from '@mooring/core'
import { pathOf } from '../discovery/path-of.ts'
import type { ResourceType } from '../discovery/resource-type.ts'
import { keyOf, labelOf, partsOf } from '../objects/key.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { Api } from '../transport/api.ts'
import { failureError } from '../transport/failure-error.ts'
import { isNotFound } from '../transport/failure-kinds.ts'
import { pagesOf } from './pages.ts'

/** Reads of single objects, right now. What is asked for while a read is under way is gathered into the next one. */
export interface Reads {
  /** The object, or undefined where it does not exist: read after the call began. */
  readonly read: (
    type: ResourceType,
    key: ResourceKey,
    signal: AbortSignal,
  ) => Promise<KubernetesObject | undefined>
}

/** From this many keys of one namespace on, one list of names is cheaper than a read of each. */
const listFrom = 4
/** A namespace that holds more than this many times the keys in question is not listed for them. */
const listAtMost = 50

interface Line {
  waiting: Map<ResourceKey, PromiseWithResolvers<KubernetesObject | undefined>>
  busy: boolean
}

/** The reads of one connection. They end with `signal`; a caller who gives up leaves the read to the others. */
export function createReads(api: Api, signal: AbortSignal): Reads {
  const lines = new Map<string, Line>()

  const work = async (type: ResourceType, line: Line): Promise<void> => {
    line.busy = true
    // Whoever asks within the same turn of the event loop is read together.
    await Promise.resolve()
    while (line.waiting.size > 0) {
      const asked = line.waiting
      line.waiting = new Map()
      await readAll(api, type, asked, signal)
    }
    line.busy = false
  }
  return {
    read: (type, key, asker) => {
      const { namespace } = partsOf(key)
      const name = `${type.group}/${type.version}/${type.plural}/${namespace}`
      const line = lines.get(name) ?? { waiting: new Map(), busy: false }
      lines.set(name, line)
      const answer = line.waiting.get(key) ?? Promise.withResolvers<KubernetesObject | undefined>()
      line.waiting.set(key, answer)
      if (!line.busy) void work(type, line).finally(() => line.waiting.size === 0 && lines.delete(name))
      return unlessAborted(answer.promise, asker)
    },
  }
}

async function readAll(
  api: Api,
  type: ResourceType,
  asked: Line['waiting'],
  signal: AbortSignal,
): Promise<void> {
  const there = asked.size < listFrom ? undefined : await keysThere(api, type, [...asked.keys()], signal)
  await Promise.all(
    [...asked].map(async ([key, { resolve, reject }]) => {
      if (there !== undefined && !there.has(key)) return resolve(undefined)
      try {
        resolve(await readOne(api, type, key, signal))
      } catch (error) {
        reject(error)
      }
    }),
  )
}

/** The keys of one namespace that exist, by one list; undefined where listing is not permitted or fails: then each is read. */
async function keysThere(
  api: Api,
  type: ResourceType,
  keys: readonly ResourceKey[],
  signal: AbortSignal,
): Promise<ReadonlySet<ResourceKey> | undefined> {
  const { namespace } = partsOf(keys[0] ?? '')
  const there = new Set<ResourceKey>()
  const atMost = keys.length * listAtMost
  const place = namespace === '' ? {} : { namespace }
  try {
    for await (const { items } of pagesOf(api, { type, ...place, metadataOnly: true, signal })) {
      for (const item of items) there.add(keyOf(item))
      if (there.size > atMost) return undefined
    }
  } catch {
    return undefined
  }
  return there
}

async function readOne(
  api: Api,
  type: ResourceType,
  key: ResourceKey,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const parts = partsOf(key)
  const { namespace, name } = parts
  const path = pathOf(type, { ...(namespace !== '' && { namespace }), name })
  const answer = await api.call({ method: 'GET', path, signal })
  if (answer.ok) return answer.body as KubernetesObject
  if (isNotFound(answer.failure)) return undefined
  throw failureError(answer.failure, { verb: 'get', label: labelOf(parts) })
}
