import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { isMooringError, MooringError } from '../errors/mooring-error.ts'
import type { Revision } from '../model/revision.ts'
import type { Abortable } from '../ports/call.ts'
import type { Snapshot, SnapshotEntry } from '../ports/snapshot.ts'

/** A snapshot under a folder; the empty one is the root. */
export interface Mounted {
  readonly folder: string
  readonly snapshot: Snapshot
}

/** Several snapshots as one: each path belongs to the deepest folder that it is in. Disposes all of them. */
export function mountedSnapshot(revision: Revision, mounted: readonly Mounted[]): Snapshot {
  const belowOf = (path: string): readonly Mounted[] => mounted.filter(({ folder }) => isBelow(folder, path))

  async function* list(path: string, options: Abortable): AsyncIterable<SnapshotEntry> {
    const below = belowOf(path)
    const home = homeOf(path, mounted)
    if (home === undefined && below.length === 0) throw pathNotFound('folder', path, revision)
    if (home !== undefined) yield* visibleIn(home, path, below, options)
    for (const each of below) {
      const deeper = below.filter(({ folder }) => isBelow(folder, each.folder))
      yield* visibleIn(each, each.folder, deeper, options)
    }
  }
  const digestOf = async (path: string, options: Abortable): Promise<string | undefined> => {
    const below = belowOf(path)
    const home = homeOf(path, mounted)
    const own = home && (await home.snapshot.digestOf(innerPath(home, path), options))
    if (below.length === 0) return own
    const lines = [`own ${own ?? ''}`]
    for (const { folder, snapshot } of below) lines.push(`${folder}\0${await snapshot.digestOf('', options)}`)
    return bytesToHex(sha256(utf8ToBytes(lines.join('\n'))))
  }
  return {
    revision,
    digestOf,
    list,
    read: async (path, options) => {
      const home = homeOf(path, mounted)
      // A folder that something is mounted in hides a file of the same name.
      if (home === undefined || belowOf(path).length > 0) throw pathNotFound('file', path, revision)
      return home.snapshot.read(innerPath(home, path), options)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(mounted.map(({ snapshot }) => snapshot[Symbol.asyncDispose]()))
    },
  }
}

/** What one snapshot shows below a path, without what others hide. A path that it lacks shows nothing if others are below. */
async function* visibleIn(
  home: Mounted,
  path: string,
  below: readonly Mounted[],
  options: Abortable,
): AsyncIterable<SnapshotEntry> {
  try {
    for await (const entry of home.snapshot.list(innerPath(home, path), options)) {
      const outer = home.folder === '' ? entry.path : `${home.folder}/${entry.path}`
      if (below.some(({ folder }) => outer === folder || isBelow(outer, folder) || isBelow(folder, outer)))
        continue
      yield { ...entry, path: outer }
    }
  } catch (thrown) {
    if (below.length > 0 && isMooringError(thrown) && thrown.code === 'PATH_NOT_FOUND') return
    throw thrown
  }
}

/** Whose content a path is: the deepest folder that it is, or is in. */
function homeOf(path: string, mounted: readonly Mounted[]): Mounted | undefined {
  const homes = mounted.filter(({ folder }) => path === folder || isBelow(path, folder))
  return homes.reduce<Mounted | undefined>(
    (deepest, home) => (deepest === undefined || home.folder.length > deepest.folder.length ? home : deepest),
    undefined,
  )
}

/** Whether a path is inside a folder, and not the folder itself. */
const isBelow = (path: string, folder: string): boolean =>
  path !== folder && (folder === '' || path.startsWith(`${folder}/`))

const innerPath = ({ folder }: Mounted, path: string): string =>
  folder === '' ? path : path.slice(folder.length + 1)

const pathNotFound = (kind: 'file' | 'folder', path: string, revision: Revision): MooringError =>
  new MooringError({
    code: 'PATH_NOT_FOUND',
    kind: 'permanent',
    message: `Expected a ${kind} at ${path || 'the root'} in revision ${revision.label ?? revision.id}, found none`,
    hint: `Correct the path, or commit the ${kind}.`,
  })
