import { bounded } from '../adapters/bounded.ts'
import { MooringError } from '../errors/mooring-error.ts'
import type { Revision } from '../model/revision.ts'
import type { Clock } from '../ports/clock.ts'
import type { Snapshot } from '../ports/snapshot.ts'

/** What an application's folder was in the revisions it has looked at, whether they could be rendered or not. */
export interface FolderDigests {
  /** Looks, unless it has. What cannot be read is not noted, and whoever renders it says why. */
  readonly note: (revision: Revision, signal: AbortSignal) => Promise<void>
  /** False also where one of the two was never looked at. */
  readonly isSame: (one: string, other: string) => boolean
}

/** As many as matter: a neighbour compares with the revision before. */
const remembered = 50

/** Nothing looked at yet. */
export function folderDigests(
  path: string,
  {
    open,
    clock,
    timeoutMs,
  }: {
    readonly open: (revision: Revision, signal: AbortSignal) => Promise<Snapshot>
    readonly clock: Clock
    readonly timeoutMs: number
  },
): FolderDigests {
  const digests = new Map<string, string>()
  const digestIn = async (revision: Revision, signal: AbortSignal): Promise<string> => {
    await using snapshot = await open(revision, signal)
    return (await snapshot.digestOf(path, { signal })) ?? 'absent'
  }
  return {
    note: async (revision, signal) => {
      if (digests.has(revision.id)) return
      const looking = bounded({ clock, signal, timeoutMs, onTimeout: tooSlow }, (inner) =>
        digestIn(revision, inner),
      )
      const digest = await looking.result.catch(() => undefined)
      signal.throwIfAborted()
      if (digest === undefined) return
      const [oldest] = digests.keys()
      if (oldest !== undefined && digests.size >= remembered) digests.delete(oldest)
      digests.set(revision.id, digest)
    },
    isSame: (one, other) => {
      const digest = digests.get(one)
      return digest !== undefined && digest === digests.get(other)
    },
  }
}

const tooSlow = (): MooringError =>
  new MooringError({
    code: 'SOURCE_TIMEOUT',
    kind: 'transient',
    message: 'The snapshot did not tell a digest in time',
  })
