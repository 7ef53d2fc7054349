import { join } from 'node:path'
import type { Call } from '@mooring/core'
import { type Draft, writeDraft } from './draft.ts'
import { codeOf } from './failure.ts'
import type { Folder } from './folder.ts'
import { sweep } from './leftovers.ts'
import { type Look, lookAt, notAsExpected } from './look.ts'
import { bytesOf, type FileManifest, modeOf } from './manifest.ts'
import { isOwner } from './marker.ts'
import { type Place, splitKey } from './place.ts'

/** Draft, claim, place: in this order a crash leaves a draft or a claim on nothing, never a file without a claim. */
export async function put(
  place: Place,
  folder: Folder,
  key: string,
  manifest: FileManifest,
  standing: Look | undefined,
  call: Call,
): Promise<void> {
  await using draft = await writeDraft(folder, bytesOf(manifest), {
    mode: modeOf(manifest),
    signal: call.signal,
  })
  await sweepOnce(place, folder, splitKey(key).folder, draft)
  call.signal.throwIfAborted()
  const before = (await place.claims.read()).claims.get(key)
  const isNew = before?.while !== undefined || !isOwner(before?.owner, call.owner)
  // To what does not exist yet several may lay claim at once: the first keeps it, until somebody has made the file.
  const isRace = standing === undefined
  if (isNew) await place.claims.set(key, { owner: call.owner, ...(isRace && { tries: true }) })
  try {
    await takePlace(draft, folder, splitKey(key).name, standing)
  } catch (thrown) {
    const withdrawn = isRace && before?.while === undefined ? { endedBy: call.owner } : before
    if (isNew) await place.claims.set(key, withdrawn).catch(() => {})
    throw thrown
  }
  if (isNew && isRace && !(await isClaimed(place, key, call)))
    await place.claims.set(key, { owner: call.owner })
  await folder.sync()
}

const isClaimed = async (place: Place, key: string, call: Call): Promise<boolean> =>
  isOwner((await place.claims.read()).claims.get(key)?.owner, call.owner)

async function takePlace(
  draft: Draft,
  folder: Folder,
  name: string,
  before: Look | undefined,
): Promise<void> {
  const path = join(folder.path, name)
  if (before === undefined) {
    await draft.create(name).catch((thrown: unknown) => {
      throw codeOf(thrown) === 'EEXIST' ? notAsExpected(path, 'nothing', 'something new') : thrown
    })
    return
  }
  const now = await lookAt(folder, name)
  if (now?.stamp !== before.stamp) throw notAsExpected(path, 'what was planned against', 'something newer')
  await draft.replace(name)
}

async function sweepOnce(place: Place, folder: Folder, path: string, draft: Draft): Promise<void> {
  if (!place.swept.has(path) && (await sweep(folder, draft.writtenMs))) place.swept.add(path)
}
