import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { MooringError } from '@mooring/core'
import { codeOf } from './failure.ts'
import type { Folder } from './folder.ts'

/** What stands under a name, told without opening it. */
export interface Look {
  /** `special`: a pipe, a socket, a device. */
  readonly kind: 'file' | 'link' | 'folder' | 'special'
  /** Permission bits. */
  readonly mode: number
  /** Which file it is, whatever its name. */
  readonly inode: bigint
  readonly size: number
  /** Another stamp means that something was written since: content, mode, or the file itself. */
  readonly stamp: string
  /** When it was last written, milliseconds, by the clock of the file system. */
  readonly writtenMs: number
}

/** Looks at an entry without following or opening it. Undefined when there is none; whatever else goes wrong throws. */
export async function lookAt(folder: Folder, name: string): Promise<Look | undefined> {
  try {
    return lookOf(await lstat(folder.at(name), { bigint: true }))
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}

/** Looks at a file that is open. */
export const lookInto = async (handle: FileHandle): Promise<Look> =>
  lookOf(await handle.stat({ bigint: true }))

/** The content of what was a plain file a moment ago, and the look that belongs to it. */
export async function readPlain(
  folder: Folder,
  name: string,
): Promise<{ readonly look: Look; readonly bytes: Uint8Array }> {
  // Should a pipe or a link take its place by now: do not wait for a writer, do not follow.
  await using handle = await open(
    folder.at(name),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  )
  const look = await lookInto(handle)
  if (look.kind !== 'file') throw notAsExpected(`${folder.path}/${name}`, 'a file', `a ${look.kind}`)
  return { look, bytes: await handle.readFile() }
}

/** The error of every stale view. Nothing was changed. */
export const notAsExpected = (path: string, expected: string, found: string): MooringError =>
  new MooringError({
    code: 'EXPECTATION_NOT_MET',
    kind: 'conflict',
    message: `Expected ${expected} at ${path}, found ${found}`,
    hint: 'Somebody changed it meanwhile: look again and plan anew.',
  })

function lookOf(entry: BigIntStats): Look {
  return {
    kind: kindOf(entry),
    mode: Number(entry.mode & 0o7777n),
    inode: entry.ino,
    size: Number(entry.size),
    stamp: [entry.ino, entry.size, entry.mtimeNs, entry.ctimeNs].join('.'),
    writtenMs: Number(entry.ctimeMs),
  }
}

function kindOf(entry: BigIntStats): Look['kind'] {
  if (entry.isFile()) return 'file'
  if (entry.isSymbolicLink()) return 'link'
  return entry.isDirectory() ? 'folder' : 'special'
}
