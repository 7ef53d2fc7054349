import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
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

/** How a draft is written. */
export interface DraftOptions {
  /** Permission bits, whatever the umask. */
  readonly mode: number
  /** Default a name of its own. A fixed name fails with EEXIST while there is another draft of that name. */
  readonly name?: string
  readonly signal?: AbortSignal
}

/** Writes a draft. */
export async function writeDraft(folder: Folder, bytes: Uint8Array, options: DraftOptions): Promise<Draft> {
  const path = folder.at(options.name ?? draftPrefix + randomUUID())
  await using handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  const writtenMs = await fill(handle, bytes, options).catch(async (thrown: unknown) => {
    await unlink(path)
    throw thrown
  })
  // Once it has gone, its name may be another draft's.
  let isHere = true
  const remove = async (): Promise<void> => {
    if (isHere) await unlink(path)
    isHere = false
  }
  return {
    writtenMs,
    create: async (name) => {
      await link(path, folder.at(name))
      await remove()
    },
    replace: async (name) => {
      await rename(path, folder.at(name))
      isHere = false
    },
    [Symbol.asyncDispose]: remove,
  }
}

async function fill(handle: FileHandle, bytes: Uint8Array, { mode, signal }: DraftOptions): Promise<number> {
  await handle.writeFile(bytes, { signal })
  await handle.chmod(mode)
  await handle.sync()
  return (await handle.stat()).mtimeMs
}
