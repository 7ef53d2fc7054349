import { MooringError } from '../../errors/mooring-error.ts'
import type { Revision } from '../../model/revision.ts'
import type { Snapshot, SnapshotEntry } from '../../ports/snapshot.ts'
import type { Faults } from '../faults.ts'
import type { FileTree } from './file-tree.ts'

/** The methods of a memory snapshot that can be made to fail. */
export type SnapshotMethod = 'digestOf' | 'list' | 'read'

/** A snapshot of a tree that never changes. Throws `PATH_NOT_FOUND`. */
export function memorySnapshot(revision: Revision, tree: FileTree, faults: Faults<SnapshotMethod>): Snapshot {
  const { files, folders } = tree
  return {
    revision,

    digestOf: (path, { signal }) =>
      faults.run('digestOf', signal, () => files.get(path)?.digest ?? folders.get(path)),

    async *list(path, { signal }) {
      await faults.run('list', signal, () => undefined)
      if (!folders.has(path)) throw pathNotFound('folder', path, revision)
      for (const [file, { content, kind, digest }] of files) {
        signal.throwIfAborted()
        const entry: SnapshotEntry = { path: file, digest, size: content.length, kind }
        if (path === '' || file.startsWith(`${path}/`)) yield entry
      }
    },

    read: (path, { signal }) =>
      faults.run('read', signal, () => {
        const file = files.get(path)
        if (file === undefined) throw pathNotFound('file', path, revision)
        return file.content.slice()
      }),

    async [Symbol.asyncDispose]() {},
  }
}

function pathNotFound(kind: 'file' | 'folder', path: string, revision: Revision): MooringError {
  return new MooringError({
    code: 'PATH_NOT_FOUND',
    kind: 'permanent',
    message: `Expected a ${kind} at ${path || 'the root'} in revision ${revision.label ?? revision.id}, found none`,
    hint: `Correct the path, or commit the ${kind}.`,
  })
}
