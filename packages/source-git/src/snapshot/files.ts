import { MooringError, type Revision } from '@mooring/core'
import { damaged } from '../objects/object-reader.ts'
import type { TreeEntry } from '../objects/tree.ts'
import type { Holding } from '../repository/repository.ts'
import { sharedWork } from '../repository/shared-work.ts'

/** The content of files, downloaded in as few requests as can be. */
export interface Files {
  /** Was listed: whoever lists a folder is about to read what is in it. */
  readonly expect: (entry: TreeEntry) => void
  /**
   * The content of a file. If it is not here, everything expected comes with it, or what `neighbours` gives when it was
   * not expected itself. A number when it is too large to have been kept: its bytes.
   */
  readonly read: (id: string, neighbours: Neighbours, signal: AbortSignal) => Promise<Uint8Array | number>
}

/** Files that are likely read next. */
export interface Neighbours {
  /** Where they are. Reads in the same place share one download. */
  readonly place: string
  readonly ids: () => Promise<readonly string[]>
}

/**
 * The files of one revision. What was not kept in a download is brought when it is first read.
 *
 * Throws `REPOSITORY_CORRUPT`, `REVISION_GONE`, and what downloading does.
 */
export function filesOf(holding: Holding, revision: Revision, place: string): Files {
  const expected = new Set<string>()
  const { reader } = holding
  const shared = sharedWork()
  const waiting = new WeakMap<AbortSignal, Map<string, Promise<boolean>>>()

  const readHere = async (id: string): Promise<Uint8Array | number | undefined> => {
    const object = await reader.read(id)
    if (object === undefined) return reader.tooLarge(id)
    if (object.type !== 'blob') throw damaged(place, id, `a ${object.type} where a blob must be`)
    return object.content
  }

  const company = (id: string, neighbours: Neighbours, signal: AbortSignal): Promise<boolean> => {
    if (expected.has(id)) {
      return shared.join(`expected ${expected.size}`, signal, (both) => holding.bring([...expected], both))
    }
    return shared.join(`beside ${neighbours.place}`, signal, async (both) =>
      holding.bring(await neighbours.ids(), both),
    )
  }

  /** Many read at once under one signal, which bears few listeners: all of them wait for the same promise. */
  const bringCompany = (id: string, neighbours: Neighbours, signal: AbortSignal): Promise<boolean> => {
    const name = expected.has(id) ? `${expected.size}` : `/${neighbours.place}`
    const waits = waiting.get(signal) ?? new Map<string, Promise<boolean>>()
    waiting.set(signal, waits)
    const wait = waits.get(name) ?? company(id, neighbours, signal).finally(() => waits.delete(name))
    waits.set(name, wait)
    return wait
  }

  return {
    expect: ({ id, kind }) => {
      if (kind !== 'folder' && kind !== 'submodule') expected.add(id)
    },
    read: async (id, neighbours, signal) => {
      const here = await readHere(id)
      if (here !== undefined) return here
      await bringCompany(id, neighbours, signal)
      const brought = await readHere(id)
      if (brought !== undefined) return brought
      // It came to be expected only just now, or one in its company is not given out.
      if (!(await holding.bring([id], signal))) throw filesGone(revision, id)
      const alone = await readHere(id)
      if (alone === undefined) throw damaged(place, id, 'missing')
      return alone
    },
  }
}

/** After a branch was rewritten, a server forgets what is in no branch any more. */
const filesGone = (revision: Revision, id: string): MooringError =>
  new MooringError({
    code: 'REVISION_GONE',
    kind: 'permanent',
    message: `Expected the server to give out file ${id} of revision ${revision.label ?? revision.id}, found that it does not`,
    hint: 'Its branch was rewritten, and the server has cleaned up. Choose a newer revision.',
  })
