import {
  type Brought,
  createObjectFolder,
  type ObjectFolder,
  type ObjectFolderOptions,
} from '../store/object-folder.ts'
import { gathering } from './gathering.ts'
import type { Holding } from './repository.ts'

/** The folders of objects of one repository. The newest takes what is downloaded; older ones stay while they are used. */
export interface ObjectShelf {
  /** The folder that takes new objects; undefined when there is none, or when it has so many that a new one is due. */
  readonly current: () => ObjectFolder | undefined
  /** Fills a new folder. It becomes the current one if `fill` gives true, and is removed otherwise. */
  readonly renew: (fill: (folder: ObjectFolder) => Promise<boolean>) => Promise<boolean>
  /** Whether a commit is here with everything in it. */
  readonly holds: (commit: string, signal: AbortSignal) => Promise<boolean>
  /** The same, lent until released. */
  readonly holding: (commit: string, signal: AbortSignal) => Promise<Holding | undefined>
  /** Removes every folder, lent or not. */
  readonly close: () => Promise<void>
}

/** How a shelf is kept. */
export interface ObjectShelfOptions extends ObjectFolderOptions {
  /** A new folder is due when the current one has grown beyond this, and beyond twice what it began with. */
  readonly maxBytes: number
  /** Downloads files. Undefined when the server does not give one of them out. */
  readonly download: (ids: readonly string[], signal: AbortSignal) => ReturnType<Brought['download']>
  /** Downloads all files of a commit. Undefined when the server does not give it out. */
  readonly downloadAll: (commit: string, signal: AbortSignal) => ReturnType<Brought['downloadAll']>
  /** Downloads the object of an annotated tag, without what this folder has. Undefined when it is not given out. */
  readonly downloadTag: (
    id: string,
    folder: ObjectFolder,
    signal: AbortSignal,
  ) => ReturnType<Brought['download']>
  /** Runs what brings files, so that it ends when the repository does. */
  readonly run: (signal: AbortSignal, work: (signal: AbortSignal) => Promise<boolean>) => Promise<boolean>
}

/** Nothing is ever repacked: more files than this cost more than a new download of folders. */
const maxSegments = 200
/** The current folder and the one before it, so that what was seen last survives a renewal. */
const kept = 2

/** A folder, and what the shelf knows of it. */
interface Shelved {
  readonly folder: ObjectFolder
  readonly bring: Holding['bring']
  readonly bringTag: Holding['bringTag']
  readonly firstBytes: number
}

/** An empty shelf in a folder of its own. */
export function openObjectShelf(root: string, options: ObjectShelfOptions): ObjectShelf {
  let shelved: readonly Shelved[] = []
  const users = new Map<ObjectFolder, number>()

  const release = async (folder: ObjectFolder): Promise<void> => {
    const left = (users.get(folder) ?? 1) - 1
    users.set(folder, left)
    if (left > 0) return
    users.delete(folder)
    if (!shelved.some((one) => one.folder === folder)) await folder.remove()
  }

  const borrow = ({ folder, bring, bringTag }: Shelved): Holding => {
    users.set(folder, (users.get(folder) ?? 0) + 1)
    let isReleased = false
    return {
      reader: folder.reader,
      bring,
      bringTag,
      distrust: () => {
        shelved = shelved.filter((one) => one.folder !== folder)
      },
      release: async () => {
        if (isReleased) return
        isReleased = true
        await release(folder)
      },
    }
  }

  /** Files that another folder has are taken from there. */
  const shelve = (folder: ObjectFolder): Shelved => {
    const lender = {
      read: async (id: string) => {
        for (const other of shelved) {
          const found = other.folder === folder ? undefined : await other.folder.reader.read(id)
          if (found !== undefined) return found
        }
        return undefined
      },
    }
    const hasOthers = (mine: ObjectFolder): boolean => shelved.some((one) => one.folder !== mine)
    const bring = gathering((ids, signal) =>
      options.run(signal, (both) =>
        folder.bring(
          ids,
          {
            lender: hasOthers(folder) ? lender : undefined,
            download: (missing) => options.download(missing, both),
            downloadAll: (commit) => options.downloadAll(commit, both),
          },
          both,
        ),
      ),
    )
    const bringTag: Holding['bringTag'] = (id, signal) =>
      options.run(signal, (both) =>
        folder.bring(
          [id],
          {
            lender,
            download: () => options.downloadTag(id, folder, both),
            downloadAll: async () => undefined,
          },
          both,
        ),
      )
    return { folder, bring, bringTag, firstBytes: folder.bytes() }
  }

  const isDue = ({ folder, firstBytes }: Shelved): boolean =>
    folder.segments() >= maxSegments || folder.bytes() > Math.max(options.maxBytes, 2 * firstBytes)

  const shelvedWith = async (commit: string, signal: AbortSignal): Promise<Shelved | undefined> => {
    for (const one of shelved) if (await one.folder.holds(commit, signal)) return one
    return undefined
  }

  return {
    current: () => shelved.slice(0, 1).find((one) => one.folder.isThere() && !isDue(one))?.folder,

    renew: async (fill) => {
      const fresh = await createObjectFolder(root, options)
      let isFilled = false
      try {
        isFilled = await fill(fresh)
      } finally {
        if (!isFilled) await fresh.remove()
      }
      if (!isFilled) return false
      const dropped = shelved.slice(kept - 1)
      shelved = [shelve(fresh), ...shelved.slice(0, kept - 1)]
      for (const { folder } of dropped) if (!users.has(folder)) await folder.remove()
      return true
    },

    holds: async (commit, signal) => (await shelvedWith(commit, signal)) !== undefined,

    holding: async (commit, signal) => {
      const found = await shelvedWith(commit, signal)
      return found && borrow(found)
    },

    close: async () => {
      const folders = new Set([...shelved.map(({ folder }) => folder), ...users.keys()])
      shelved = []
      await Promise.all([...folders].map((folder) => folder.remove()))
    },
  }
}
