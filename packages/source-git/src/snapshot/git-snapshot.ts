import {
  type EntryKind,
  isMooringError,
  type Revision,
  type Snapshot,
  type SnapshotEntry,
} from '@mooring/core'
import type { LfsReader } from '../lfs/lfs-objects.ts'
import { isLfsPointer, readLfsPointer } from '../lfs/lfs-pointer.ts'
import type { TreeEntry } from '../objects/tree.ts'
import type { GitLimits } from '../options/limits.ts'
import { disposed } from '../repository/disposed.ts'
import type { Holding } from '../repository/repository.ts'
import { filesOf, type Neighbours } from './files.ts'
import { type FolderLimits, type ReadFolder, readFolders } from './folders.ts'
import { neighboursIn } from './neighbours.ts'
import { fileTooLarge, lfsPointer, pathNotFound, submodule, tooManyFiles } from './refusals.ts'

/** What a snapshot is made of. */
export interface SnapshotParts {
  readonly revision: Revision
  /** Id of the root folder. */
  readonly tree: string
  readonly holding: Holding
  /** What messages call the repository. */
  readonly place: string
  readonly limits: FolderLimits & Pick<Required<GitLimits>, 'maxFileBytes' | 'maxFiles'>
  /** Reads what Git LFS keeps. Undefined: a pointer is an error. */
  readonly lfs?: LfsReader | undefined
  /** Is told each folder that `list` comes to, with what it holds, before the first file of it is given. */
  readonly onFolder?: (path: string, names: ReadonlyMap<string, unknown>) => void
}

/**
 * The files of one commit, read straight from the object database: nothing is checked out, no link is followed. Every
 * object is compared with its id when it is read. Digests are object ids, with the kind where it is not a plain file.
 *
 * Throws `FILE_TOO_LARGE`, `FOLDER_TOO_LARGE`, `LFS_POINTER`, `PATH_NOT_FOUND`, `PATH_TOO_DEEP`, `PATH_TOO_LONG`, `REPOSITORY_CORRUPT`, `REVISION_GONE`,
 * `SUBMODULE_NOT_SUPPORTED`, `TOO_MANY_FILES` and `UNSAFE_PATH`; what downloading does where files come later; and what reading LFS does.
 */
export function gitSnapshot(parts: SnapshotParts): Snapshot {
  const { revision, holding, place, limits } = parts
  const { maxFileBytes, maxFiles } = limits
  const folders = readFolders(holding.reader, { revision, place, limits })
  const files = filesOf(holding, revision, place)
  let isDisposed = false

  const find = async (
    path: string,
    signal: AbortSignal,
  ): Promise<Pick<TreeEntry, 'id' | 'kind'> | undefined> => {
    signal.throwIfAborted()
    if (isDisposed) throw disposed(place)
    let found: Pick<TreeEntry, 'id' | 'kind'> | undefined = { id: parts.tree, kind: 'folder' }
    let at = ''
    for (const name of path === '' ? [] : path.split('/')) {
      if (found?.kind !== 'folder') return undefined
      const coming: ReturnType<ReadFolder> = folders(found.id, at)
      const folder = coming instanceof Promise ? await coming : coming
      found = folder.get(name)
      at = at === '' ? name : `${at}/${name}`
    }
    signal.throwIfAborted()
    return found
  }

  async function* below(path: string, id: string, signal: AbortSignal): AsyncGenerator<SnapshotEntry> {
    const folder = await watched(async () => folders(id, path))
    parts.onFolder?.(path, folder)
    for (const entry of folder.values()) files.expect(entry)
    for (const [name, entry] of folder) {
      signal.throwIfAborted()
      const childPath = path === '' ? name : `${path}/${name}`
      if (entry.kind === 'folder') yield* below(childPath, entry.id, signal)
      else yield { path: childPath, digest: digestOf(entry.id, entry.kind), kind: entry.kind }
    }
  }

  const read = async (path: string, signal: AbortSignal): Promise<Uint8Array> => {
    const found = await find(path, signal)
    if (found === undefined || found.kind === 'folder')
      throw pathNotFound(revision, path, 'file', found?.kind)
    if (found.kind === 'submodule') throw submodule(revision, path)
    const content = await files.read(found.id, neighboursOf(path, signal), signal)
    signal.throwIfAborted()
    const bytes = typeof content === 'number' ? content : content.byteLength
    if (typeof content === 'number' || bytes > maxFileBytes) {
      throw fileTooLarge(revision, path, bytes, maxFileBytes)
    }
    if (found.kind !== 'link' && isLfsPointer(content)) return readPointed(path, content, signal)
    // A copy: what the reader gave may be shared with other reads.
    return new Uint8Array(content)
  }

  const readPointed = async (
    path: string,
    pointing: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array> => {
    if (parts.lfs === undefined) throw lfsPointer(revision, path)
    const pointer = readLfsPointer(pointing)
    if (pointer === undefined) throw lfsPointer(revision, path, 'one that cannot be read')
    if (pointer.size > maxFileBytes) throw fileTooLarge(revision, path, pointer.size, maxFileBytes)
    const content = await parts.lfs(pointer, signal)
    signal.throwIfAborted()
    return new Uint8Array(content)
  }

  const neighboursOf = (path: string, signal: AbortSignal): Neighbours => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const ids = async (): Promise<readonly string[]> => {
      const found = await find(parent, signal)
      return found === undefined ? [] : neighboursIn(found.id, parent, folders)
    }
    return { place: parent, ids }
  }

  const watched = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work()
    } catch (thrown) {
      distrustAfter(thrown, holding)
      throw thrown
    }
  }

  return {
    revision,

    digestOf: (path, { signal }) =>
      watched(async () => {
        const found = await find(path, signal)
        return found && digestOf(found.id, found.kind)
      }),

    async *list(path, { signal }) {
      const found = await watched(() => find(path, signal))
      if (found?.kind !== 'folder') throw pathNotFound(revision, path, 'folder', found?.kind)
      // A tree may name one folder any number of times, so a small repository can hold endless files.
      let files = 0
      for await (const entry of below(path, found.id, signal)) {
        files++
        if (files > maxFiles) throw tooManyFiles(revision, path, maxFiles)
        yield entry
      }
    },

    read: (path, { signal }) => watched(() => read(path, signal)),

    [Symbol.asyncDispose]: async () => {
      isDisposed = true
      await holding.release()
    },
  }
}

/** What turns out to be damaged is not used again. */
export function distrustAfter(thrown: unknown, holding: Holding): void {
  if (isMooringError(thrown) && thrown.code === 'REPOSITORY_CORRUPT') holding.distrust()
}

const suffixes = { file: '', folder: '', executable: ':x', link: ':l', submodule: ':s' } as const

const digestOf = (id: string, kind: EntryKind | 'folder'): string => id + suffixes[kind]
