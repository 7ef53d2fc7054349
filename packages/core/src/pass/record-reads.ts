import type { Abortable } from '../ports/call.ts'
import type { Snapshot } from '../ports/snapshot.ts'

/** Every path that was read, with the digest it had; undefined = nothing was there. */
export type Reads = ReadonlyMap<string, string | undefined>

/** A snapshot that remembers what is read through it. Files in a folder that was listed are covered by the folder. */
export function recordReads(snapshot: Snapshot): { readonly snapshot: Snapshot; readonly reads: Reads } {
  const reads = new Map<string, string | undefined>()
  const listed = new Set<string>()
  const record = async (path: string, options: Abortable): Promise<string | undefined> => {
    const digest = await snapshot.digestOf(path, options)
    if (!isCovered(path, listed)) reads.set(path, digest)
    return digest
  }
  return {
    reads,
    snapshot: {
      revision: snapshot.revision,
      digestOf: record,
      list: async function* (path, options) {
        await record(path, options)
        listed.add(path)
        yield* snapshot.list(path, options)
      },
      read: async (path, options) => {
        await record(path, options)
        return snapshot.read(path, options)
      },
      // The recorder is lent the snapshot; its owner disposes it.
      [Symbol.asyncDispose]: async () => {},
    },
  }
}

/** Whether everything that was read is the same in another snapshot. */
export async function readsAreUnchanged(
  reads: Reads,
  snapshot: Snapshot,
  options: Abortable,
): Promise<boolean> {
  for (const [path, digest] of reads) {
    if ((await snapshot.digestOf(path, options)) !== digest) return false
  }
  return true
}

function isCovered(path: string, listed: ReadonlySet<string>): boolean {
  if (listed.has('')) return true
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (listed.has(path.slice(0, end))) return true
  }
  return false
}
