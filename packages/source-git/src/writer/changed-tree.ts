import { damaged, type ObjectReader, readKind } from '../objects/object-reader.ts'
import { asBuffer, idBehind, spansIn, type TreeEntry } from '../objects/tree.ts'
import type { ObjectFormat } from '../pack/object-format.ts'
import { commitInvalid, type FileChange, type FolderChanges } from './file-changes.ts'
import type { NewObjects } from './new-objects.ts'

/** What a new tree is made from. */
export interface TreeBase {
  readonly reader: Pick<ObjectReader, 'read'>
  readonly format: ObjectFormat
  readonly place: string
  readonly objects: NewObjects
}

/**
 * The id of the root folder after some changes; the folders and files that are new are added to `objects`. What does not
 * change keeps its bytes, also where they are not as Git would write them today. A folder that loses its last file goes,
 * as in Git. `before` is the root as it was, undefined for none.
 *
 * Throws `GIT_COMMIT_INVALID` for a file where there is a folder or the other way round, and `REPOSITORY_CORRUPT`.
 */
export async function changedTree(
  base: TreeBase,
  before: string | undefined,
  changes: FolderChanges,
): Promise<string> {
  return (await changedFolder(base, before, changes, '')) ?? base.objects.add('tree', new Uint8Array())
}

interface Entry {
  readonly kind: TreeEntry['kind']
  readonly id: string
  /** Mode, name and id, as they stand in the tree. */
  readonly bytes: Buffer
}

async function changedFolder(
  base: TreeBase,
  before: string | undefined,
  { files, folders }: FolderChanges,
  path: string,
): Promise<string | undefined> {
  const entries = before === undefined ? new Map<string, Entry>() : await entriesOf(base, before)
  for (const [name, change] of files) {
    const key = keyOf(name)
    const old = entries.get(key)
    if (old?.kind === 'folder') throw commitInvalid(`${path}${name}`, 'there is a folder of this name')
    if (change.kind === 'delete') entries.delete(key)
    else entries.set(key, fileEntry(base, name, change, old))
  }
  for (const [name, below] of folders) {
    const key = keyOf(name)
    const old = entries.get(key)
    if (old !== undefined && old.kind !== 'folder') {
      throw commitInvalid(`${path}${name}`, 'there is a file of this name, and not a folder')
    }
    const id = await changedFolder(base, old?.id, below, `${path}${name}/`)
    if (id === undefined) entries.delete(key)
    else if (id !== old?.id) entries.set(key, { kind: 'folder', id, bytes: bytesOf('40000', name, id) })
  }
  if (entries.size === 0) return undefined
  const sorted = [...entries].sort((one, other) => Buffer.compare(orderOf(one), orderOf(other)))
  return base.objects.add('tree', Buffer.concat(sorted.map(([, { bytes }]) => bytes)))
}

function fileEntry(
  { objects }: TreeBase,
  name: string,
  { content, executable }: Extract<FileChange, { kind: 'write' }>,
  old: Entry | undefined,
): Entry {
  const kind = (executable ?? old?.kind === 'executable') ? 'executable' : 'file'
  const id = objects.add('blob', content)
  // As it was, to the byte, where nothing about it changes.
  if (old?.id === id && old.kind === kind) return old
  return { kind, id, bytes: bytesOf(kind === 'executable' ? '100755' : '100644', name, id) }
}

async function entriesOf({ reader, format, place }: TreeBase, id: string): Promise<Map<string, Entry>> {
  const bytes = asBuffer(await readKind(reader, id, 'tree', place))
  const entries = new Map<string, Entry>()
  let at = 0
  for (const span of spansIn(bytes, format.idBytes)) {
    if (span === undefined) throw damaged(place, id, 'no folder')
    const end = span.zeroAt + 1 + format.idBytes
    entries.set(bytes.toString('latin1', span.nameAt, span.zeroAt), {
      kind: span.kind,
      id: idBehind(bytes, span, format.idBytes),
      bytes: bytes.subarray(at, end),
    })
    at = end
  }
  return entries
}

/** Names are bytes in Git. */
const keyOf = (name: string): string => Buffer.from(name).toString('latin1')

/** Git sorts a folder as if its name ended in a slash. */
const orderOf = ([name, { kind }]: readonly [string, Entry]): Buffer =>
  Buffer.from(kind === 'folder' ? `${name}/` : name, 'latin1')

const bytesOf = (mode: string, name: string, id: string): Buffer =>
  Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')])
