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
  if (isNew) await place.claims.set(key, { owner: call.owner })
  try {
    await takePlace(draft, folder, splitKey(key).name, standing)
  } catch (thrown) {
    if (isNew) await place.claims.set(key, before).catch(() => {})
    throw thrown
  }
  await folder.sync()
}

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
