import { MooringError } from '@mooring/core'
import { whyUnsafe } from '../objects/safe-name.ts'

/** New content of a file; text is UTF-8. What is executable already stays so where nothing is said. */
export type NewContent =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly executable: boolean }

/** What a commit changes, by path from the root: new content, or null to delete the file. */
export type FileChanges = Readonly<Record<string, NewContent | null>>

/** One change, checked. */
export type FileChange =
  | { readonly kind: 'delete' }
  | { readonly kind: 'write'; readonly content: Uint8Array; readonly executable: boolean | undefined }

/** What changes in a folder: files of it, and folders below with changes of their own. */
export interface FolderChanges {
  readonly files: ReadonlyMap<string, FileChange>
  readonly folders: ReadonlyMap<string, FolderChanges>
}

/** Checks the changes and sorts them into folders. Pure. Throws `GIT_COMMIT_INVALID`. */
export function folderChanges(changes: FileChanges): FolderChanges {
  const root = newFolder()
  if (typeof changes !== 'object' || changes === null)
    throw commitInvalid('files', 'expected changes by path')
  for (const [path, change] of Object.entries(changes)) {
    const names = path.split('/')
    const unsafe = path.isWellFormed() ? names.map(whyUnsafe).find((why) => why !== undefined) : 'is no UTF-8'
    if (unsafe !== undefined) throw commitInvalid(path, `a part of the path ${unsafe}`)
    let folder = root
    for (const name of names.slice(0, -1)) {
      if (folder.files.has(name)) throw commitInvalid(path, `${name} would be a file and a folder`)
      const below = folder.folders.get(name) ?? newFolder()
      folder.folders.set(name, below)
      folder = below
    }
    const last = names.at(-1) ?? ''
    if (folder.folders.has(last)) throw commitInvalid(path, 'it would be a file and a folder')
    folder.files.set(last, changeOf(path, change))
  }
  return root
}

interface NewFolder extends FolderChanges {
  readonly files: Map<string, FileChange>
  readonly folders: Map<string, NewFolder>
}

const newFolder = (): NewFolder => ({ files: new Map(), folders: new Map() })

function changeOf(path: string, change: NewContent | null): FileChange {
  if (change === null) return { kind: 'delete' }
  const isPlain = typeof change === 'string' || change instanceof Uint8Array
  const content = isPlain ? change : change?.content
  const executable = isPlain ? undefined : change?.executable
  if (typeof content === 'string') return { kind: 'write', content: Buffer.from(content), executable }
  if (content instanceof Uint8Array) return { kind: 'write', content, executable }
  throw commitInvalid(path, 'expected text, bytes, or null to delete it')
}

/** The error of a commit that cannot be made as it was asked for. */
export const commitInvalid = (what: string, problem: string): MooringError =>
  new MooringError({
    code: 'GIT_COMMIT_INVALID',
    kind: 'permanent',
    message: `Cannot commit ${JSON.stringify(what)}: ${problem}`,
    hint: 'Correct what is given to `commit`; nothing was written.',
  })
