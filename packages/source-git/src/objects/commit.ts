import type { Revision } from '@mooring/core'
import { damaged, type ObjectReader } from './object-reader.ts'

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

/** Whether a text is a whole commit id. */
export const isFullId = (id: string): boolean => /^[0-9a-f]{40}$/.test(id)

const maxMessage = 2000
const maxAuthor = 200
const utf8 = new TextDecoder()

/** Reads a commit; undefined when it is not there or is something else. Throws `REPOSITORY_CORRUPT`. */
export async function readCommit(
  reader: ObjectReader,
  id: string,
  place: string,
): Promise<Commit | undefined> {
  const object = await reader.read(id)
  if (object?.type !== 'commit') return undefined
  return parseCommit(id, utf8.decode(object.content), place)
}

function parseCommit(id: string, text: string, place: string): Commit {
  const end = text.indexOf('\n\n')
  const head = (end === -1 ? text : text.slice(0, end)).split('\n')
  const tree = /^tree ([0-9a-f]{40})$/.exec(head[0] ?? '')?.[1]
  if (tree === undefined) throw damaged(place, id, 'without a tree')
  const author = head.find((line) => line.startsWith('author '))?.slice('author '.length)
  const [, who, seconds] = /^(.*?) ?(?:(-?\d{1,12}) [+-]\d+)?$/.exec(author ?? '') ?? []
  return {
    id,
    tree,
    parents: head.flatMap((line) => /^parent ([0-9a-f]{40})$/.exec(line)?.[1] ?? []),
    message: clean(end === -1 ? '' : text.slice(end + 2), maxMessage),
    ...(who ? { author: clean(who, maxAuthor) } : {}),
    ...(seconds === undefined ? {} : { at: Number(seconds) * 1000 }),
  }
}

/** Fit for logs and terminals: line breaks and tabs are the only control characters that stay. */
function clean(text: string, maxLength: number): string {
  const printable = text.replace(/[^\P{Cc}\n\t]/gu, '').trim()
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
