import { breather } from '../pack/breather.ts'
import { readCommit } from './commit.ts'
import { damaged, type ObjectReader, readKind } from './object-reader.ts'
import { asBuffer, idBehind, spansIn } from './tree.ts'

/** What is known of a store of objects. */
export interface Known {
  /** Commits and trees that are there with everything in them that must be. */
  readonly whole: ReadonlySet<string>
  /** Which files need not be looked for: those that are here, or `any` where they are brought when they are read. */
  readonly mayLack: ((id: string) => boolean) | 'any'
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
    files += lookInside(id, asBuffer(await readKind(reader, id, 'tree', place)))
  }
  return { ids: [commit.id, ...seen], files }

  /** Notes the folders in a folder, and gives how many files there are. */
  function lookInside(folder: string, bytes: Buffer): number {
    const idBytes = folder.length / 2
    let count = 0
    for (const span of spansIn(bytes, idBytes)) {
      if (span === undefined) throw damaged(place, folder, 'malformed')
      if (span.kind === 'folder') seen.add(idBehind(bytes, span, idBytes))
      else count++
      if (span.kind === 'folder' || span.kind === 'submodule' || known.mayLack === 'any') continue
      const id = idBehind(bytes, span, idBytes)
      if (!known.mayLack(id)) throw damaged(place, id, 'missing')
    }
    return count
  }
}
