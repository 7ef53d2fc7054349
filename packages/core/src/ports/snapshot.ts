import type { Revision } from '../model/revision.ts'
import type { Abortable } from './call.ts'

/** `link` is a symbolic link (its content is the path it names); `submodule` has no content here. */
export type EntryKind = 'file' | 'executable' | 'link' | 'submodule'

/** One file of a snapshot. */
export interface SnapshotEntry {
  /** Relative to the snapshot's root, with `/`. Never absolute, never with `.` or `..` parts. */
  readonly path: string
  readonly digest: string
  /** Bytes; absent where finding out would cost a read. */
  readonly size?: number
  readonly kind: EntryKind
}

/**
 * Read-only view of the files of one revision.
 *
 * Paths are relative to the root, with `/`; the empty path is the root folder.
 * - `digestOf` answers for files and folders, at once, without a download: equal digest = equal content, kinds and names
 *   included. Undefined when nothing is there.
 * - `list` yields every file below a folder, folders left out, in an order that is always the same.
 *   It throws `PATH_NOT_FOUND` for a path that is no folder.
 * - `read` gives the bytes of one file, and throws `PATH_NOT_FOUND` where there is none.
 */
export interface Snapshot extends AsyncDisposable {
  readonly revision: Revision
  readonly digestOf: (path: string, options: Abortable) => Promise<string | undefined>
  readonly list: (path: string, options: Abortable) => AsyncIterable<SnapshotEntry>
  readonly read: (path: string, options: Abortable) => Promise<Uint8Array>
}
