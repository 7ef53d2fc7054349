import type { Revision } from '@mooring/core'
import { damaged, type ObjectReader, readKind } from '../objects/object-reader.ts'
import { whyUnsafe } from '../objects/safe-name.ts'
import { parseTree, type TreeEntry } from '../objects/tree.ts'
import type { GitLimits } from '../options/limits.ts'
import { folderTooLarge, pathTooDeep, pathTooLong, unsafePath } from './refusals.ts'

/** What is in a folder, by name, in Git's order. */
export type Folder = ReadonlyMap<string, TreeEntry>

/** Entries kept in memory, over all folders. */
const maxEntries = 200_000

/** How large folders and their paths may be. */
export type FolderLimits = Pick<Required<GitLimits>, 'maxFolderEntries' | 'maxDepth' | 'maxPathBytes'>

/** What folders are read from. */
export interface FolderParts {
  readonly revision: Revision
  /** What messages call the repository. */
  readonly place: string
  readonly limits: FolderLimits
}

/** A folder by its id, at once where it has been read before. */
export type ReadFolder = (id: string, path: string) => Folder | Promise<Folder>

/**
 * Reads folders by id, and keeps what it read. `path` is where the folder is, for messages.
 *
 * Throws `FOLDER_TOO_LARGE`, `PATH_TOO_DEEP`, `PATH_TOO_LONG`, `REPOSITORY_CORRUPT`, and `UNSAFE_PATH` for a folder with an entry that must not be: all of it is refused then.
 */
export function readFolders(reader: ObjectReader, { revision, place, limits }: FolderParts): ReadFolder {
  const kept = new Map<string, Folder>()
  let entries = 0

  const keep = (id: string, folder: Folder): void => {
    if (kept.has(id)) return
    kept.set(id, folder)
    entries += folder.size
    for (const [oldest, { size }] of kept) {
      if (entries <= maxEntries) break
      kept.delete(oldest)
      entries -= size
    }
  }

  const readAnew = async (id: string, path: string): Promise<Folder> => {
    const parsed = parseTree(await readKind(reader, id, 'tree', place), id.length / 2)
    if (parsed === undefined) throw damaged(place, id, 'malformed')
    if (parsed.length > limits.maxFolderEntries) throw folderTooLarge(revision, path, limits.maxFolderEntries)
    const folder = safeFolder(parsed, revision, path, limits.maxPathBytes)
    keep(id, folder)
    return folder
  }

  return (id, path) => {
    refuseDepth(revision, path, limits)
    // Every read of a file asks for each folder above it: fifty thousand promises cost more than what they give.
    return kept.get(id) ?? readAnew(id, path)
  }
}

function refuseDepth(revision: Revision, path: string, { maxDepth, maxPathBytes }: FolderLimits): void {
  if (isLonger(path, maxPathBytes)) throw pathTooLong(revision, path, maxPathBytes)
  if (path.length >= maxDepth && path.split('/').length > maxDepth)
    throw pathTooDeep(revision, path, maxDepth)
}

/** A unit of UTF-16 takes at most three bytes in UTF-8: most paths need not be measured. */
const isLonger = (path: string, maxBytes: number): boolean =>
  path.length * 3 > maxBytes && Buffer.byteLength(path) > maxBytes

function safeFolder(
  entries: readonly TreeEntry[],
  revision: Revision,
  path: string,
  maxPathBytes: number,
): Folder {
  const folder = new Map<string, TreeEntry>()
  for (const entry of entries) {
    const why = whyUnsafe(entry.name)
    const name = entry.name ?? ''
    const full = path === '' ? name : `${path}/${name}`
    if (why !== undefined) throw unsafePath(revision, full, why)
    if (isLonger(full, maxPathBytes)) throw pathTooLong(revision, full, maxPathBytes)
    if (folder.has(name)) throw unsafePath(revision, full, 'stands there twice')
    folder.set(name, entry)
  }
  return folder
}
