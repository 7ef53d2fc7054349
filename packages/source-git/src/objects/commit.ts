import type { Revision } from '@mooring/core'
import { isFullId } from '../pack/object-format.ts'
import { damaged, type ObjectReader } from './object-reader.ts'
import { plain } from './plain.ts'

/** A commit as far as it matters here. */
export interface Commit {
  readonly id: string
  readonly tree: string
  readonly parents: readonly string[]
  /** `Name <address>` */
  readonly author?: string
  readonly message: string
  /** When it was written, milliseconds since the epoch, as its author claims. */
  readonly at?: number
}

const maxMessage = 2000
const maxAuthor = 200
const utf8 = new TextDecoder()

/** Reads a commit; undefined when it is not there or is something else. Throws `REPOSITORY_CORRUPT`. */
export async function readCommit(
  reader: Pick<ObjectReader, 'read'>,
  id: string,
  place: string,
): Promise<Commit | undefined> {
  const object = await reader.read(id)
  if (object?.type !== 'commit') return undefined
  return parseCommit(id, utf8.decode(object.content), place)
}

/** The parents of a commit, from its bytes. Throws `REPOSITORY_CORRUPT`. */
export const parentsOf = (content: Uint8Array, id: string, place: string): readonly string[] =>
  parseCommit(id, utf8.decode(content), place).parents

/** The order of a commit's lines is fixed: a second tree, or a parent behind the author, is somebody's trick. */
function parseCommit(id: string, text: string, place: string): Commit {
  const end = text.indexOf('\n\n')
  const head = (end === -1 ? text : text.slice(0, end)).split('\n')
  const tree = idIn(head[0], 'tree', id.length)
  if (tree === undefined) throw damaged(place, id, 'without a tree')
  const parents: string[] = []
  for (const line of head.slice(1)) {
    const parent = idIn(line, 'parent', id.length)
    if (parent === undefined) break
    parents.push(parent)
  }
  const author = head[parents.length + 1] ?? ''
  const [, who, seconds] = /^author (.*?) ?(?:(-?\d{1,12}) [+-]\d+)?$/.exec(author) ?? []
  return {
    id,
    tree,
    parents,
    message: clean(end === -1 ? '' : text.slice(end + 2), maxMessage),
    ...(who ? { author: clean(who, maxAuthor) } : {}),
    ...(seconds === undefined ? {} : { at: Number(seconds) * 1000 }),
  }
}

/** The id behind a word, if that is all the line holds. */
function idIn(line: string | undefined, word: string, length: number): string | undefined {
  const found = line?.startsWith(`${word} `) === true ? line.slice(word.length + 1) : ''
  return found.length === length && isFullId(found) ? found : undefined
}

/** Fit for logs and terminals. */
function clean(text: string, maxLength: number): string {
  const printable = plain(text, { lines: true }).trim()
  return printable.length > maxLength ? `${printable.slice(0, maxLength)}…` : printable
}

/** What the audit log says about a commit. `label` stands before the short id. */
export const revisionOf = ({ id, author, message, at }: Commit, label?: string): Revision => ({
  id,
  label: label === undefined ? id.slice(0, 7) : `${label}@${id.slice(0, 7)}`,
  message,
  ...(author === undefined ? {} : { author }),
  ...(at === undefined ? {} : { at }),
})
