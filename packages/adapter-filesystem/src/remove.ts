import { rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApplyResult, Call, Change, Owner } from '@mooring/core'
import { mustHold } from './expectation.ts'
import { codeOf } from './failure.ts'
import { type Folder, occupied, openFolder } from './folder.ts'
import { type Look, lookAt, notAsExpected } from './look.ts'
import type { FileManifest } from './manifest.ts'
import { isOwner, ownerOf } from './marker.ts'
import { type Place, splitKey } from './place.ts'

/** Deletes a file that is ours at this moment, and the folders that are empty without it. */
export async function remove(place: Place, change: Change<FileManifest>, call: Call): Promise<ApplyResult> {
  const { key } = change
  const { folder: path, name } = splitKey(key)
  await using folder = await openFolder(place.root, path)
  const look = folder && (await lookAt(folder, name))
  const owner = look && ownerOf(await place.claims.read(), key, look)
  mustHold(change, place.root, look, owner)
  if (folder === undefined || look === undefined) return { outcome: 'unchanged' }
  if (look.kind === 'folder') throw occupied(join(place.root, key), undefined, 'file', 'a folder')
  if (!isOwner(owner, call.owner)) {
    throw notAsExpected(join(place.root, key), `a file of ${said(call.owner)}`, `one of ${said(owner)}`)
  }
  await unlinkClaimed(place, folder, key, look, call.owner)
  await removeEmpty(place.root, path)
  return { outcome: 'changed' }
}

const said = (owner: Owner | undefined): string =>
  owner === undefined ? 'nobody' : `application ${owner.application} of installation ${owner.installation}`

/**
 * Limit the claim, unlink, end the claim: a crash in between leaves a claim on exactly this file, and none on what
 * somebody else may put in its place.
 */
async function unlinkClaimed(
  place: Place,
  folder: Folder,
  key: string,
  look: Look,
  owner: Owner,
): Promise<void> {
  const { name } = splitKey(key)
  await place.claims.set(key, { owner, while: look.stamp }).catch(unlessFull)
  try {
    const now = await lookAt(folder, name)
    if (now?.stamp !== look.stamp)
      throw notAsExpected(join(place.root, key), 'what was planned against', 'something newer')
    await unlink(folder.at(name))
  } catch (thrown) {
    await place.claims.set(key, { owner }).catch(() => {})
    throw thrown
  }
  await folder.sync()
  place.fingerprints.forget([key])
  await place.claims.set(key, undefined)
}

/** Deleting must be possible on a full disk, of all places: there it goes on with the claim as it was. */
function unlessFull(thrown: unknown): void {
  if (codeOf(thrown) !== 'ENOSPC' && codeOf(thrown) !== 'EDQUOT') throw thrown
}

/** From the inside out, never the root. The first that cannot go ends it: it is not empty, or somebody else's matter. */
async function removeEmpty(root: string, path: string): Promise<void> {
  if (path === '') return
  const { folder: above, name } = splitKey(path)
  try {
    await using parent = await openFolder(root, above)
    if (parent === undefined) return
    await rmdir(parent.at(name))
  } catch {
    return
  }
  await removeEmpty(root, above)
}
