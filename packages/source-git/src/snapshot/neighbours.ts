import { isMooringError } from '@mooring/core'
import type { TreeEntry } from '../objects/tree.ts'
import type { ReadFolder } from './folders.ts'

/** Brought along with a file that was read without listing its folder. */
const maxNeighbours = 2000

/**
 * Ids of the files that are likely read next: those below a folder, or only those in it where there are many below. A
 * folder that may not be used has none.
 */
export async function neighboursIn(
  id: string,
  path: string,
  folders: ReadFolder,
): Promise<readonly string[]> {
  const beside = await entriesOf(id, path)
  const files = beside.filter(hasContent).map((entry) => entry.id)
  const below = [...files]
  const deeper = beside.filter(isFolder).map((entry) => ({ entry, at: path }))
  for (const { entry, at } of deeper) {
    if (below.length + deeper.length > maxNeighbours) return files
    const inner = at === '' ? (entry.name ?? '') : `${at}/${entry.name ?? ''}`
    for (const child of await entriesOf(entry.id, inner)) {
      if (isFolder(child)) deeper.push({ entry: child, at: inner })
      else if (hasContent(child)) below.push(child.id)
    }
  }
  return below

  async function entriesOf(folder: string, at: string): Promise<readonly TreeEntry[]> {
    try {
      return [...(await folders(folder, at)).values()]
    } catch (thrown) {
      if (isMooringError(thrown)) return []
      throw thrown
    }
  }
}

const isFolder = ({ kind }: TreeEntry): boolean => kind === 'folder'
const hasContent = ({ kind }: TreeEntry): boolean => kind !== 'folder' && kind !== 'submodule'
