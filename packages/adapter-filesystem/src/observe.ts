import { join } from 'node:path'
import type { Call, Observation, Owner, ResourceKey } from '@mooring/core'
import { eachAtMost } from './each-at-most.ts'
import { failure } from './failure.ts'
import type { Fingerprinted } from './fingerprints.ts'
import { type Folder, openFolder } from './folder.ts'
import { type Look, lookAt } from './look.ts'
import { type Marker, ownedKeys, ownerOf } from './marker.ts'
import { type Place, splitKey } from './place.ts'

/**
 * What stands under each key, looked at now. A key without an entry in the answer does not exist: the folder was opened
 * and it was not in it, or the folder is not there. Everything else that goes wrong throws.
 */
export async function observe(
  place: Place,
  keys: readonly ResourceKey[],
  call: Call,
): Promise<Map<ResourceKey, Observation>> {
  const found = new Map<ResourceKey, Observation>()
  const marker = await readMarker(place, call)
  await eachAtMost(16, portions(keys), async ([folder, inside]) => {
    for (const seen of await observeFolder(place, folder, inside, marker, call)) found.set(seen.key, seen)
  })
  return found
}

/** By folder, as a folder is opened once for all keys in it; a large one in several parts, as parts run side by side. */
function* portions(
  keys: readonly ResourceKey[],
): Generator<readonly [folder: string, keys: readonly ResourceKey[]]> {
  for (const [folder, inside] of Map.groupBy(new Set(keys), (key) => splitKey(key).folder)) {
    for (let start = 0; start < inside.length; start += 64) yield [folder, inside.slice(start, start + 64)]
  }
}

async function readMarker(place: Place, call: Call): Promise<Marker> {
  call.signal.throwIfAborted()
  try {
    return await place.claims.read()
  } catch (thrown) {
    throw failure(thrown, 'read', place.root, call.signal)
  }
}

/** Every key that the caller has claimed, whether a file is there or not. */
export async function claimedKeys(place: Place, call: Call): Promise<ResourceKey[]> {
  return ownedKeys(await readMarker(place, call), call.owner)
}

async function observeFolder(
  place: Place,
  path: string,
  keys: readonly ResourceKey[],
  marker: Marker,
  call: Call,
): Promise<Observation[]> {
  const found: Observation[] = []
  let at = path
  try {
    await using folder = await openFolder(place.root, path)
    for (const key of keys) {
      call.signal.throwIfAborted()
      at = key
      const seen = folder && (await see(place, folder, key, call))
      if (seen === undefined) place.fingerprints.forget([key])
      else found.push(observationOf(key, seen, ownerOf(marker, key, seen.look)))
    }
  } catch (thrown) {
    throw failure(thrown, 'read', join(place.root, at), call.signal)
  }
  return found
}

/** What stands under a key in its folder, with its fingerprint. */
export async function see(
  place: Place,
  folder: Folder,
  key: ResourceKey,
  call: Call,
): Promise<Fingerprinted | undefined> {
  const { name } = splitKey(key)
  const look = await lookAt(folder, name)
  return look && place.fingerprints.of(key, folder, name, look, call)
}

/** What the core is told of a file. */
export function observationOf(
  key: ResourceKey,
  { look, fingerprint }: Fingerprinted,
  owner: Owner | undefined,
): Observation {
  const health =
    look.kind === 'file'
      ? ({ state: 'healthy' } as const)
      : ({ state: 'degraded', message: `a ${look.kind} stands where the file should be` } as const)
  const seen = { key, version: versionOf(look, owner), fingerprint, health }
  return owner === undefined ? seen : { ...seen, owner }
}

/** The mark is part of the version: a change that expects this version expects this owner. */
export const versionOf = (look: Look, owner: Owner | undefined): string =>
  owner === undefined ? look.stamp : `${look.stamp} ${owner.installation}/${owner.application}`
