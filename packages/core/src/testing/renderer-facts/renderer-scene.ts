import type { Located } from '../../model/resource.ts'
import type { Snapshot } from '../../ports/snapshot.ts'
import type { RendererHarness } from '../describe-renderer.ts'
import { collect } from '../expectations.ts'
import type { FileChanges } from '../memory-source/file-tree.ts'
import { type MemorySource, memorySource } from '../memory-source/memory-source.ts'
import type { Fact } from '../suite.ts'

/** A renderer with files to render. */
export interface RendererScene {
  readonly harness: RendererHarness<unknown>
  readonly source: MemorySource
  /** A snapshot of the harness's files, with some changed. */
  readonly snapshotWith: (changes?: FileChanges) => Promise<Snapshot>
  readonly render: (snapshot: Snapshot, path?: string) => Promise<readonly Located<unknown>[]>
  readonly renderRecorded: (snapshot: Snapshot) => Promise<RecordedRender>
}

/** What was rendered, and the paths that decide it: those that were read, or those the renderer named. */
export interface RecordedRender {
  readonly manifests: readonly Located<unknown>[]
  readonly decisive: readonly string[]
}

/** One line of the renderer contract. */
export type RendererFact = Fact<RendererScene>

/** The scene around one harness. */
export function rendererScene(harness: RendererHarness<unknown>): RendererScene {
  const source = memorySource({ files: harness.files })
  const { signal } = new AbortController()
  const { renderer, facts } = harness
  const rendered = (snapshot: Snapshot, path = harness.path) =>
    renderer.render({ snapshot, path, ...(facts && { facts }) }, { signal })
  return {
    harness,
    source,
    async snapshotWith(changes = {}) {
      const revision = source.commit(changes)
      return source.open(revision, { signal })
    },
    render: async (snapshot, path) => (await rendered(snapshot, path)).manifests,
    async renderRecorded(snapshot) {
      const reads = new Set<string>()
      const { manifests, inputs } = await rendered(recording(snapshot, reads))
      return { manifests, decisive: inputs ?? [...reads] }
    },
  }
}

/** The snapshot, noting every path that is asked for: a list notes the folder, whose digest covers what is below. */
function recording(snapshot: Snapshot, reads: Set<string>): Snapshot {
  const noted = <Answer>(path: string, answer: Answer): Answer => {
    reads.add(path)
    return answer
  }
  return {
    ...snapshot,
    digestOf: (path, options) => noted(path, snapshot.digestOf(path, options)),
    list: (path, options) => noted(path, snapshot.list(path, options)),
    read: (path, options) => noted(path, snapshot.read(path, options)),
  }
}

/** Paths of all files of a snapshot. */
export async function pathsOf(snapshot: Snapshot): Promise<ReadonlySet<string>> {
  const entries = await collect(snapshot.list('', { signal: new AbortController().signal }))
  return new Set(entries.map(({ path }) => path))
}

/** Whether one of the paths is the file or a folder above it. */
export function covers(paths: readonly string[], file: string): boolean {
  return paths.some((path) => path === '' || path === file || file.startsWith(`${path}/`))
}
