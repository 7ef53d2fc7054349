import { MooringError } from '../errors/mooring-error.ts'
import type { ResourceKey } from '../model/resource.ts'
import type { Call } from '../ports/call.ts'
import type { CrudTargetOptions } from './crud-target.ts'

/**
 * What is live under these keys. From the list where there is one, and from a look at each key that the list leaves out:
 * a list may be cut short, and that something does not exist is believed only of a look at that one thing.
 */
export async function readResources<Manifest, Live extends Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
  keys: readonly ResourceKey[],
  call: Call,
): Promise<ReadonlyMap<ResourceKey, Live>> {
  const found = new Map<ResourceKey, Live>()
  const wanted = new Set(keys)
  for (const live of (keys.length > 1 ? await options.list?.(call) : undefined) ?? []) {
    const key = keyOf(options, live)
    if (key !== undefined && wanted.has(key)) found.set(key, live)
  }
  const left = each(keys.filter((key) => !found.has(key)))
  await Promise.all(
    Array.from({ length: readsAtOnce }, async () => {
      for (const key of left) {
        const live = await readResource(options, key, call)
        if (live !== undefined) found.set(key, live)
      }
    }),
  )
  return found
}

const readsAtOnce = 8

/** One line for several readers: the first that fails, or is aborted, ends it for all. An array's own would go on. */
function* each(keys: readonly ResourceKey[]): Generator<ResourceKey, void> {
  yield* keys
}

/** What is live under this key, or undefined. */
export async function readResource<Manifest, Live extends Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
  key: ResourceKey,
  call: Call,
): Promise<Live | undefined> {
  call.signal.throwIfAborted()
  const live = await options.read(key, call)
  return live === undefined ? undefined : recognised(options, key, live)
}

/** The resource, if it is the one asked for: an error page read as drift would be overwritten, as absence recreated. */
export function recognised<Manifest, Live extends Manifest>(
  options: CrudTargetOptions<Manifest, Live>,
  key: ResourceKey,
  live: Live,
): Live {
  const found = keyOf(options, live)
  if (found === key) return live
  throw new MooringError({
    code: 'UNRECOGNISED_RESOURCE',
    kind: 'transient',
    message: `${options.name}: expected resource ${key}, got ${found === undefined ? 'something without a key' : found}`,
    hint: 'See what answers there: another service, an error page, or a version of the system that this adapter does not know.',
  })
}

function keyOf<Manifest, Live extends Manifest>(
  { key }: CrudTargetOptions<Manifest, Live>,
  live: Live,
): ResourceKey | undefined {
  try {
    const found: unknown = key(live)
    return typeof found === 'string' ? found : undefined
  } catch {
    return undefined
  }
}
