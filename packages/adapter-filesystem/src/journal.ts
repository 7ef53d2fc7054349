import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Draft, draftPrefix, writeDraft } from './draft.ts'
import { codeOf } from './failure.ts'
import type { Folder } from './folder.ts'
import { sweep } from './leftovers.ts'
import { type Look, lookAt, lookInto } from './look.ts'
import { claimLine, headerLine, type Marker, markerName, parseMarker } from './marker.ts'

/** Makes the marker, unless somebody else is first. */
export async function beginMarker(folder: Folder, installation: string): Promise<void> {
  await using draft = await writeDraft(folder, Buffer.from(headerLine(installation)), { mode: markerMode })
  await draft.create(markerName).catch((thrown: unknown) => {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
  })
  await folder.sync()
}

/** Adds complete lines to the marker, in one write that no other can come between. Gives the look of it with them. */
export async function append(folder: Folder, lines: string): Promise<Look> {
  await using handle = await open(
    folder.at(markerName),
    constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW,
  )
  await handle.appendFile(lines)
  await handle.sync()
  const look = await lookInto(handle)
  if ((await lookAt(folder, markerName))?.inode === look.inode) return look
  // Compacted by somebody else meanwhile, perhaps without these lines: saying them twice is harmless.
  return await append(folder, lines)
}

/**
 * Replaces the marker by one that says the same in fewer lines and has no torn end. Does nothing while another target is
 * at it: there is one draft of a marker at a time.
 *
 * Whoever appends takes no part in that. A line that reached the old file before the new one took its place is carried
 * over; whoever comes later than that notices (see `append`). At worst a claim that is ended in this very moment comes
 * back, on a file that is not there.
 */
export async function compact(folder: Folder, path: string): Promise<void> {
  await using old = await open(folder.at(markerName), constants.O_RDONLY | constants.O_NOFOLLOW)
  const marker = parseMarker(await old.readFile(), path)
  await using draft = await onlyDraft(folder, textOf(marker))
  if (draft === undefined) return
  // Only now can nobody else replace it: is it still the one that was read?
  const { inode } = await lookInto(old)
  if ((await lookAt(folder, markerName))?.inode !== inode) return
  await draft.replace(markerName)
  await folder.sync()
  const late = await completeLinesAfter(marker.complete, old)
  if (late !== '') await append(folder, late)
}

async function onlyDraft(folder: Folder, text: string): Promise<Draft | undefined> {
  try {
    return await writeDraft(folder, Buffer.from(text), { mode: markerMode, name: `${draftPrefix}marker` })
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
    await sweep(folder, Date.now())
    return undefined
  }
}

const markerMode = 0o644

function textOf({ installation = '', claims }: Marker): string {
  return (
    headerLine(installation) + [...claims].map(([key, claim]) => claimLine(installation, key, claim)).join('')
  )
}

async function completeLinesAfter(start: number, handle: FileHandle): Promise<string> {
  const buffer = Buffer.alloc((await handle.stat()).size - start)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start)
  const text = buffer.subarray(0, bytesRead).toString()
  return text.slice(0, text.lastIndexOf('\n') + 1)
}
