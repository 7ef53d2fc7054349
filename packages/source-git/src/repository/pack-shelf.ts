import { createPackFolder, type PackFolder } from '../objects/pack-folder.ts'
import type { Holding } from './repository.ts'

/** The folders of packs of one repository. The newest takes what is downloaded; older ones stay while they are used. */
export interface PackShelf {
  /** The folder that takes new packs; undefined when there is none, or when it has so many that a new one is due. */
  readonly current: () => PackFolder | undefined
  /** Fills a new folder. It becomes the current one if `fill` gives true, and is removed otherwise. */
  readonly renew: (fill: (folder: PackFolder) => Promise<boolean>) => Promise<boolean>
  /** Whether a commit is here with everything in it. */
  readonly holds: (commit: string, signal: AbortSignal) => Promise<boolean>
  /** The same, lent until released. */
  readonly holding: (commit: string, signal: AbortSignal) => Promise<Holding | undefined>
}

/** Nothing ever repacks: with more packs than this every read slows down, and one download of a snapshot is cheaper. */
const maxPacks = 50
/** The current folder and the one before it, so that what was seen last survives a renewal. */
const kept = 2

/** An empty shelf in a folder of its own. `place` is what messages call the repository. */
export function openPackShelf(root: string, place: string): PackShelf {
  let folders: readonly PackFolder[] = []
  const users = new Map<PackFolder, number>()

  const release = async (folder: PackFolder): Promise<void> => {
    const left = (users.get(folder) ?? 1) - 1
    users.set(folder, left)
    if (left > 0) return
    users.delete(folder)
    folder.reader.forget()
    if (!folders.includes(folder)) await folder.remove()
  }

  const borrow = (folder: PackFolder): Holding => {
    users.set(folder, (users.get(folder) ?? 0) + 1)
    let isReleased = false
    return {
      reader: folder.reader,
      distrust: () => {
        folders = folders.filter((kept) => kept !== folder)
      },
      release: async () => {
        if (isReleased) return
        isReleased = true
        await release(folder)
      },
    }
  }

  const folderOf = async (commit: string, signal: AbortSignal): Promise<PackFolder | undefined> => {
    for (const folder of folders) if (await folder.holds(commit, signal)) return folder
    return undefined
  }

  return {
    current: () => folders.slice(0, 1).find((folder) => folder.isThere() && folder.packs() < maxPacks),

    renew: async (fill) => {
      const fresh = await createPackFolder(root, place)
      let isFilled = false
      try {
        isFilled = await fill(fresh)
      } finally {
        if (!isFilled) await fresh.remove()
      }
      if (!isFilled) return false
      const dropped = folders.slice(kept - 1)
      folders = [fresh, ...folders.slice(0, kept - 1)]
      for (const folder of dropped) if (!users.has(folder)) await folder.remove()
      return true
    },

    holds: async (commit, signal) => (await folderOf(commit, signal)) !== undefined,

    holding: async (commit, signal) => {
      const folder = await folderOf(commit, signal)
      return folder && borrow(folder)
    },
  }
}
