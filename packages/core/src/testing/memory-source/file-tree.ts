import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** What a file holds; text is UTF-8. */
export type FileContent = string | Uint8Array

/** One file of a commit: its new content, or null to delete it. */
export type FileChange = FileContent | { readonly content: FileContent; readonly executable?: boolean } | null

/** The files of a commit that change, by path. */
export type FileChanges = Readonly<Record<string, FileChange>>

/** One file with its digest, which covers content and kind. */
export interface TreeFile {
  readonly content: Uint8Array
  readonly kind: 'file' | 'executable'
  readonly digest: string
}

/** All files of one revision, sorted by path, with the digests of the folders they are in. */
export interface FileTree {
  readonly files: ReadonlyMap<string, TreeFile>
  /** By path; the empty path is the root. A folder's digest covers names and everything below. */
  readonly folders: ReadonlyMap<string, string>
}

/** The tree after some changes. Throws a RangeError for a path that cannot be, such as one that leaves the root. */
export function changeTree(before: FileTree, changes: FileChanges): FileTree {
  const files = new Map(before.files)
  for (const [path, change] of Object.entries(changes)) {
    assertPath(path)
    if (change === null) files.delete(path)
    else files.set(path, fileOf(change))
  }
  const sorted = new Map([...files].sort(([one], [other]) => (one < other ? -1 : 1)))
  const folders = digestFolders(sorted)
  for (const path of sorted.keys()) {
    if (folders.has(path)) throw new RangeError(`Expected ${path} to be a file or a folder, found both`)
  }
  return { files: sorted, folders }
}

/** A tree without files. */
export const emptyTree = (): FileTree => ({ files: new Map(), folders: digestFolders(new Map()) })

function assertPath(path: string): void {
  const parts = path.split('/')
  if (!parts.some((part) => part === '' || part === '.' || part === '..')) return
  throw new RangeError(`Expected a path relative to the root without . and .. parts, got ${path}`)
}

function fileOf(change: Exclude<FileChange, null>): TreeFile {
  const isContent = typeof change === 'string' || change instanceof Uint8Array
  const { content, executable = false } = isContent ? { content: change } : change
  const kind = executable ? 'executable' : 'file'
  const bytes = typeof content === 'string' ? utf8ToBytes(content) : content.slice()
  return {
    content: bytes,
    kind,
    digest: bytesToHex(
      sha256
        .create()
        .update(utf8ToBytes(`${kind}\0`))
        .update(bytes)
        .digest(),
    ),
  }
}

/** Deepest folders first, so that the digests below are there when a folder needs them. */
function digestFolders(files: ReadonlyMap<string, TreeFile>): Map<string, string> {
  const namesIn = namesByFolder(files.keys())
  const digests = new Map<string, string>()
  for (const folder of [...namesIn.keys()].sort((one, other) => depthOf(other) - depthOf(one))) {
    const lines = [...(namesIn.get(folder) ?? [])].sort().map((name) => {
      const path = folder === '' ? name : `${folder}/${name}`
      return `${name}\0${files.get(path)?.digest ?? digests.get(path)}\n`
    })
    digests.set(folder, bytesToHex(sha256(utf8ToBytes(`folder\0${lines.join('')}`))))
  }
  return digests
}

function namesByFolder(paths: Iterable<string>): ReadonlyMap<string, ReadonlySet<string>> {
  const namesIn = new Map([['', new Set<string>()]])
  for (const path of paths) {
    for (let child = path; child !== ''; child = parentOf(child)) {
      const names = namesIn.get(parentOf(child)) ?? new Set<string>()
      if (names.has(nameOf(child))) break
      namesIn.set(parentOf(child), names.add(nameOf(child)))
    }
  }
  return namesIn
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const depthOf = (path: string): number => (path === '' ? 0 : path.split('/').length)
