import { join } from 'node:path'
import type { Call, Change, Json, Preview } from '@mooring/core'
import { failure } from './failure.ts'
import { openFolder } from './folder.ts'
import { lookAt, readPlain } from './look.ts'
import { bytesOf, contentOf, type FileManifest, modeOf } from './manifest.ts'
import { type Place, splitKey } from './place.ts'

/** What a file is and would be, for people. Text is shown as it is, bytes and masked contents by their digest. */
export async function preview(
  place: Place,
  { key, action, desired }: Change<FileManifest>,
  call: Call,
  mask: (path: string) => boolean,
): Promise<Preview> {
  call.signal.throwIfAborted()
  const before = await viewOfLive(place, key, call, mask(key))
  if (action === 'delete') return withoutUndefined(before, undefined)
  if (desired === undefined) return withoutUndefined(before, before)
  return withoutUndefined(
    before,
    viewOf(modeOf(desired.manifest), bytesOf(desired.manifest), call, mask(key)),
  )
}

const withoutUndefined = (before: Json | undefined, after: Json | undefined): Preview => ({
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
})

async function viewOfLive(place: Place, key: string, call: Call, masked: boolean): Promise<Json | undefined> {
  const { folder: path, name } = splitKey(key)
  try {
    await using folder = await openFolder(place.root, path)
    const look = folder && (await lookAt(folder, name))
    if (folder === undefined || look === undefined) return undefined
    if (look.kind !== 'file') return { kind: look.kind }
    const { bytes } = await readPlain(folder, name)
    return viewOf(look.mode, bytes, call, masked)
  } catch (thrown) {
    throw failure(thrown, 'read', join(place.root, key), call.signal)
  }
}

function viewOf(mode: number, bytes: Uint8Array, call: Call, masked: boolean): Json {
  const { encoding, content } = contentOf(bytes)
  return { mode: mode.toString(8).padStart(4, '0'), content: masked ? `••• ${call.digest(bytes)}` : shown() }

  function shown(): string {
    return encoding === 'utf8' ? content : `binary, ${bytes.length} bytes, ${call.digest(bytes)}`
  }
}
