import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MooringError } from '@mooring/core'
import { codeOf } from './failure.ts'

/** A folder that is held open. Must be disposed. */
export interface Folder extends AsyncDisposable {
  /** For people: where it was when it was opened. */
  readonly path: string
  /** The path of an entry, for calls that do not follow links in its last part. */
  readonly at: (name: string) => string
  /** Makes what was created, renamed or deleted in it survive a power cut. */
  readonly sync: () => Promise<void>
}

/**
 * Opens a folder below the root, by its path relative to it, without following a symbolic link on the way: whoever can
 * put links into the directory must not be able to lead our writes out of it. Undefined when it does not exist; with
 * `create`, it and all above it (the root included) are made.
 *
 * Throws `UNSAFE_PATH` for a link on the way, and with `create` `PATH_OCCUPIED` for a file on the way.
 */
export async function openFolder(root: string, path: string, create = false): Promise<Folder | undefined> {
  let folder = await openRoot(root, create)
  for (const name of path === '' ? [] : path.split('/')) {
    if (folder === undefined) return undefined
    await using parent: Folder = folder
    folder = await enter(parent, name, create)
  }
  return folder
}

/** Links on the way to the root, and the root itself as a link, are the embedder's own choice and are followed. */
async function openRoot(root: string, create: boolean): Promise<Folder | undefined> {
  try {
    if (create) await mkdir(root, { recursive: true })
    return await hold(await open(root, constants.O_RDONLY | constants.O_DIRECTORY), root, root)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT' && !create) return undefined
    if (codeOf(thrown) === 'ENOTDIR' || codeOf(thrown) === 'EEXIST') throw occupied(root, thrown)
    throw thrown
  }
}

async function enter(parent: Folder, name: string, create: boolean): Promise<Folder | undefined> {
  const path = join(parent.path, name)
  try {
    return await hold(await open(parent.at(name), onlyFolders), path, parent.at(name))
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return create ? make(parent, name) : undefined
    if (codeOf(thrown) !== 'ENOTDIR' && codeOf(thrown) !== 'ELOOP') throw thrown
    if ((await lstat(parent.at(name))).isSymbolicLink()) throw leadsElsewhere(path)
    if (create) throw occupied(path, thrown)
    return undefined
  }
}

const onlyFolders = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** Mode 0755 whatever the umask, as files do not depend on it either. */
async function make(parent: Folder, name: string): Promise<Folder | undefined> {
  const mode = 0o755
  try {
    await mkdir(parent.at(name), mode)
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return enter(parent, name, true)
    throw thrown
  }
  const handle = await open(parent.at(name), onlyFolders)
  await handle.chmod(mode).catch(async (thrown: unknown) => {
    await handle.close()
    throw thrown
  })
  return hold(handle, join(parent.path, name), parent.at(name))
}

/**
 * On Linux, entries are reached through the open folder and not through its path again, so a folder that is swapped for
 * a link after it was opened changes nothing. Where that does not work (no /proc, another system), by the path: then
 * the swap must not happen between the opening and the write.
 */
async function hold(handle: FileHandle, path: string, fallback: string): Promise<Folder> {
  const through = `/proc/self/fd/${handle.fd}`
  const works = await stat(through).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return {
    path,
    at: (name) => join(works ? through : fallback, name),
    sync: () => handle.sync(),
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

const leadsElsewhere = (path: string): MooringError =>
  new MooringError({
    code: 'UNSAFE_PATH',
    kind: 'permanent',
    message: `Expected a folder at ${path}, found a symbolic link, which is never followed`,
    hint: 'Somebody replaced the folder. Remove the link; the files below it are written again.',
  })

/** Something that is no folder, or no file, stands where one must be. No write deletes it to make room. */
export const occupied = (
  path: string,
  cause?: unknown,
  expected = 'folder',
  found = 'something else',
): MooringError =>
  new MooringError({
    code: 'PATH_OCCUPIED',
    kind: 'permanent',
    message: `Expected a ${expected} at ${path}, found ${found}`,
    hint:
      'Move away what stands there, or change the path in the source. It is never deleted to make room, unless it is ' +
      'our own, left the source, and `sync.prune` is on.',
    cause,
  })
