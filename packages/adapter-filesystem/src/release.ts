import type { ApplyResult, Call, Change } from '@mooring/core'
import { mustHold } from './expectation.ts'
import { openFolder } from './folder.ts'
import type { FileManifest } from './manifest.ts'
import { isOwner, ownerOf } from './marker.ts'
import { observationOf, see } from './observe.ts'
import { type Place, splitKey } from './place.ts'

/** Ends our claim and leaves the file. A claim that is not ours stays. */
export async function release(place: Place, change: Change<FileManifest>, call: Call): Promise<ApplyResult> {
  const { key } = change
  await using folder = await openFolder(place.root, splitKey(key).folder)
  const seen = folder && (await see(place, folder, key, call))
  const owner = seen && ownerOf(await place.claims.read(), key, seen.look)
  mustHold(change, place.root, seen?.look, owner)
  if (seen === undefined) return { outcome: 'unchanged' }
  if (!isOwner(owner, call.owner))
    return { outcome: 'unchanged', observation: observationOf(key, seen, owner) }
  await place.claims.set(key, undefined)
  return { outcome: 'changed', observation: observationOf(key, seen, undefined) }
}
