import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, rename, unlink } from 'node:fs/promises'
import { codeOf } from './failure.ts'
import type { Folder } from './folder.ts'

/** How names of drafts begin. No file of such a name is ever written for an application. */
export const draftPrefix = '.mooring-tmp-'

/**
 * A complete file beside the place where it shall stand, already safe on disk. Disposing it removes it, unless it has
 * taken its place.
 */
export interface Draft extends AsyncDisposable {
  /** When it was written, milliseconds, by the clock of the file system. */
  readonly writtenMs: number
  /** Takes a free place. Fails with EEXIST, and changes nothing, where something stands: that is checked by the system. */
  readonly create: (name: string) => Promise<void>
  /** Takes the place of what stands there, in one step. A link is replaced, not followed. */
  readonly replace: (name: string) => Promise<void>
}

/** Writes a draft. The mode is the one asked for, whatever the umask. */
export async function writeDraft(
  folder: Folder,
  bytes: Uint8Array,
  mode: number,
  signal?: AbortSignal,
): Promise<Draft> {
  const path = folder.at(draftPrefix + randomUUID())
  const remove = async (): Promise<void> => {
    await unlink(path).catch(unlessGone)
  }
  const writtenMs = await fill(path, bytes, mode, signal).catch(async (thrown: unknown) => {
    await remove()
    throw thrown
  })
  return {
    writtenMs,
    create: async (name) => {
      await link(path, folder.at(name))
      await remove()
    },
    replace: (name) => rename(path, folder.at(name)),
    [Symbol.asyncDispose]: remove,
  }
}

async function fill(path: string, bytes: Uint8Array, mode: number, signal?: AbortSignal): Promise<number> {
  await using handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  await handle.writeFile(bytes, { signal })
  await handle.chmod(mode)
  await handle.sync()
  return (await handle.stat()).mtimeMs
}

function unlessGone(thrown: unknown): void {
  if (codeOf(thrown) !== 'ENOENT') throw thrown
}
