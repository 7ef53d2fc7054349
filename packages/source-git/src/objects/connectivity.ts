import { breather } from '../pack/breather.ts'
import { readCommit } from './commit.ts'
import { damaged, type ObjectReader, readKind } from './object-reader.ts'
import { parseTree } from './tree.ts'

/** What is known of a store of objects. */
export interface Known {
  /** Commits and trees that are there with everything in them that must be. */
  readonly whole: ReadonlySet<string>
  /** Whether a file is there, or need not be because it can be brought when it is read. */
  readonly mayLack: (id: string) => boolean
}

/** What a look has found. */
export interface Whole {
  /** What is whole now, the commit included. */
  readonly ids: readonly string[]
  /** How many files were seen, those in folders that were whole before left out. */
  readonly files: number
}

/**
 * Looks whether a commit is there with every folder and file in it, reading folders only. Undefined when there is no such
 * commit.
 *
 * Throws `REPOSITORY_CORRUPT`.
 */
export async function checkWhole(
  reader: Pick<ObjectReader, 'read'>,
  known: Known,
  options: { readonly commit: string; readonly place: string; readonly signal: AbortSignal },
): Promise<Whole | undefined> {
  const { place, signal } = options
  const breathe = breather(signal)
  const commit = await readCommit(reader, options.commit, place)
  if (commit === undefined) return undefined
  const seen = new Set([commit.tree])
  let files = 0
  for (const id of seen) {
    signal.throwIfAborted()
    await breathe()
    if (known.whole.has(id)) continue
    const entries = parseTree(await readKind(reader, id, 'tree', place), id.length / 2)
    if (entries === undefined) throw damaged(place, id, 'malformed')
    for (const entry of entries) {
      if (entry.kind === 'folder') {
        seen.add(entry.id)
        continue
      }
      files++
      if (entry.kind !== 'submodule' && !known.mayLack(entry.id)) throw damaged(place, entry.id, 'missing')
    }
  }
  return { ids: [commit.id, ...seen], files }
}
