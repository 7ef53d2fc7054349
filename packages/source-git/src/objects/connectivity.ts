import { readCommit } from './commit.ts'
import { damaged, type ObjectReader, readKind } from './object-reader.ts'
import { parseTree } from './tree.ts'

/** What is known of a store of objects. */
export interface Known {
  /** Commits and trees that are there with everything in them. */
  readonly whole: ReadonlySet<string>
  /** Whether an object is there, without reading it. */
  readonly has: (id: string) => boolean
}

/**
 * Looks whether a commit is there with every folder and file in it, reading folders only. Gives what is whole now, the
 * commit included; undefined when there is no such commit.
 *
 * Throws `REPOSITORY_CORRUPT`.
 */
export async function checkWhole(
  reader: ObjectReader,
  known: Known,
  options: { readonly commit: string; readonly place: string; readonly signal: AbortSignal },
): Promise<readonly string[] | undefined> {
  const { place, signal } = options
  const commit = await readCommit(reader, options.commit, place)
  if (commit === undefined) return undefined
  const seen = new Set([commit.tree])
  for (const id of seen) {
    signal.throwIfAborted()
    if (known.whole.has(id)) continue
    const entries = parseTree(await readKind(reader, id, 'tree', place))
    if (entries === undefined) throw damaged(place, id, 'malformed')
    for (const entry of entries) {
      if (entry.kind === 'folder') seen.add(entry.id)
      else if (entry.kind !== 'submodule' && !known.has(entry.id)) throw damaged(place, entry.id, 'missing')
    }
  }
  return [commit.id, ...seen]
}
