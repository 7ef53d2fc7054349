import type { Revision } from '@mooring/core'
import { damaged, type ObjectReader, readKind } from '../objects/object-reader.ts'
import { whyUnsafe } from '../objects/safe-name.ts'
import { parseTree, type TreeEntry } from '../objects/tree.ts'
import { unsafePath } from './refusals.ts'

/** What is in a folder, by name, in Git's order. */
export type Folder = ReadonlyMap<string, TreeEntry>

/** Entries kept in memory, over all folders. */
const maxEntries = 200_000
const maxDepth = 100
const maxPathLength = 4096

/**
 * Reads folders by id, and keeps what it read. `path` is where the folder is, for messages.
 *
 * Throws `REPOSITORY_CORRUPT`, and `UNSAFE_PATH` for a folder with an entry that must not be: all of it is refused then.
 */
export function readFolders(
  reader: ObjectReader,
  revision: Revision,
  place: string,
): (id: string, path: string) => Promise<Folder> {
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

  return async (id, path) => {
    refuseDepth(revision, path)
    const known = kept.get(id)
    if (known !== undefined) return known
    const parsed = parseTree(await readKind(reader, id, 'tree', place), id.length / 2)
    if (parsed === undefined) throw damaged(place, id, 'malformed')
    const folder = safeFolder(parsed, revision, path)
    keep(id, folder)
    return folder
  }
}

function refuseDepth(revision: Revision, path: string): void {
  if (path.length > maxPathLength) throw unsafePath(revision, path.slice(0, 200), 'is too long')
  if (path.split('/').length > maxDepth) throw unsafePath(revision, path, 'is too deep')
}

function safeFolder(entries: readonly TreeEntry[], revision: Revision, path: string): Folder {
  const folder = new Map<string, TreeEntry>()
  for (const entry of entries) {
    const why = whyUnsafe(entry.name)
    const name = entry.name ?? ''
    const full = path === '' ? name : `${path}/${name}`
    if (why !== undefined) throw unsafePath(revision, full, why)
    if (folder.has(name)) throw unsafePath(revision, full, 'stands there twice')
    folder.set(name, entry)
  }
  return folder
}
