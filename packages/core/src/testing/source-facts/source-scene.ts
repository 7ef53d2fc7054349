import type { Revision } from '../../model/revision.ts'
import type { Abortable } from '../../ports/call.ts'
import type { Snapshot, SnapshotEntry } from '../../ports/snapshot.ts'
import type { Source } from '../../ports/source.ts'
import type { SourceHarness } from '../describe-source.ts'
import { collect } from '../expectations.ts'
import type { FileChanges } from '../memory-source/file-tree.ts'
import type { Fact } from '../suite.ts'

/** A source with what most facts do to it. */
export interface SourceScene {
  readonly harness: SourceHarness
  readonly source: Source
  readonly never: Abortable
  /** Commits, and gives the revision that is current then. */
  readonly commit: (files: FileChanges) => Promise<Revision>
  /** Commits, and opens what is current then. */
  readonly snapshotOf: (files: FileChanges) => Promise<Snapshot>
  readonly open: (revision: Revision) => Promise<Snapshot>
  readonly resolve: (since?: Revision) => ReturnType<Source['resolve']>
}

/** One line of the source contract. */
export type SourceFact = Fact<SourceScene>

/** The scene around one harness. */
export function sourceScene(harness: SourceHarness): SourceScene {
  const { source } = harness
  const never = { signal: new AbortController().signal }
  const resolve: SourceScene['resolve'] = (since) =>
    source.resolve(since === undefined ? never : { ...never, since })
  const commit: SourceScene['commit'] = async (files) => {
    await harness.commit(files)
    return (await resolve()).revision
  }
  const open: SourceScene['open'] = (revision) => source.open(revision, never)
  return {
    harness,
    source,
    never,
    resolve,
    commit,
    open,
    snapshotOf: async (files) => open(await commit(files)),
  }
}

/** All entries below a folder. */
export function entriesOf(snapshot: Snapshot, path: string): Promise<SnapshotEntry[]> {
  return collect(snapshot.list(path, { signal: new AbortController().signal }))
}

/** What a file holds, as text. */
export async function textOf(snapshot: Snapshot, path: string): Promise<string> {
  return new TextDecoder().decode(await snapshot.read(path, { signal: new AbortController().signal }))
}
