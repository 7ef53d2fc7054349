import type { Snapshot, SnapshotEntry } from '../../../src/ports/snapshot.ts'
import type { MemorySource, SourceHarness } from '../../../src/testing/index.ts'
import type { Broken } from '../prove.ts'

export type MemorySourceHarness = SourceHarness & { readonly source: MemorySource }

export const never = new AbortController().signal

/** The memory source with some methods replaced. */
export function faulty(
  name: string,
  fails: readonly string[],
  fault: (source: MemorySource) => Partial<MemorySource>,
): Broken<MemorySourceHarness> {
  return {
    name,
    fails,
    breaks: (harness) => ({ ...harness, source: { ...harness.source, ...fault(harness.source) } }),
  }
}

/** Snapshots with some methods replaced. */
export const faultySnapshot = (
  name: string,
  fails: readonly string[],
  fault: (snapshot: Snapshot) => Partial<Snapshot>,
) =>
  faulty(name, fails, (source) => ({
    async open(revision, options) {
      const snapshot = await source.open(revision, options)
      return { ...snapshot, ...fault(snapshot) }
    },
  }))

/** Listings whose entries are given otherwise. */
export const faultyList = (
  name: string,
  fails: readonly string[],
  list: (entries: SnapshotEntry[], snapshot: Snapshot, path: string) => readonly SnapshotEntry[],
) =>
  faultySnapshot(name, fails, (snapshot) => ({
    async *list(path, options) {
      const entries: SnapshotEntry[] = []
      for await (const entry of snapshot.list(path, options)) entries.push(entry)
      yield* list(entries, snapshot, path)
    },
  }))
