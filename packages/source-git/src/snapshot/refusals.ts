import { MooringError, type Revision } from '@mooring/core'

/** Characters of a path that is too much to be shown. */
const shown = 200

const nameOf = (revision: Revision): string => revision.label ?? revision.id

/** Control characters and quotes made visible: what a path holds was chosen by whoever could push. */
const quoted = (path: string): string => JSON.stringify(path.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}'))

/** Nothing is there, or something of another kind. */
export const pathNotFound = (
  revision: Revision,
  path: string,
  expected: 'file' | 'folder',
  found: string | undefined,
): MooringError =>
  new MooringError({
    code: 'PATH_NOT_FOUND',
    kind: 'permanent',
    message: `Expected a ${expected} at ${path === '' ? 'the root' : quoted(path)} in revision ${nameOf(revision)}, found ${found === undefined ? 'none' : `a ${found}`}`,
    hint: `Correct the path, or commit the ${expected}. Symbolic links are not followed.`,
  })

/** A name that could lead elsewhere on the disk of whoever writes it. */
export const unsafePath = (revision: Revision, path: string, why: string): MooringError =>
  new MooringError({
    code: 'UNSAFE_PATH',
    kind: 'permanent',
    message: `Expected safe names in revision ${nameOf(revision)}, found ${quoted(path)}, which ${why}`,
    hint: 'Git does not write such names by itself: see who pushed it. Nothing of its folder is used until it is removed.',
  })

/** Larger than `limits.maxFileBytes`. */
export const fileTooLarge = (revision: Revision, path: string, bytes: number, limit: number): MooringError =>
  new MooringError({
    code: 'FILE_TOO_LARGE',
    kind: 'permanent',
    message: `Expected ${quoted(path)} in revision ${nameOf(revision)} to have at most ${limit} bytes, found ${bytes}`,
    hint: 'Move it out of the folder, or raise limits.maxFileBytes.',
  })

/** The content is not in the repository, and nobody is to look for it elsewhere, or nobody can. */
export const lfsPointer = (revision: Revision, path: string, which?: string): MooringError =>
  new MooringError({
    code: 'LFS_POINTER',
    kind: 'permanent',
    message: `Expected the content of ${quoted(path)} in revision ${nameOf(revision)}, found a pointer of Git LFS${which === undefined ? '' : `, ${which}`}`,
    hint:
      which === undefined
        ? 'Let the source read such files (lfs: true), commit the file itself, or move it out of the folder.'
        : 'See what wrote it: it should have a version, an oid of SHA-256 and a size, and no extensions.',
  })

/** The content is in another repository. */
export const submodule = (revision: Revision, path: string): MooringError =>
  new MooringError({
    code: 'SUBMODULE_NOT_SUPPORTED',
    kind: 'permanent',
    message: `Expected a file at ${quoted(path)} in revision ${nameOf(revision)}, found a submodule`,
    hint: 'The content of a submodule stands in another repository. Let the source read it (submodules: true), or make it a source of its own.',
  })

/** More names in one folder than are taken. */
export const folderTooLarge = (revision: Revision, path: string, limit: number): MooringError =>
  new MooringError({
    code: 'FOLDER_TOO_LARGE',
    kind: 'permanent',
    message: `Expected at most ${limit} names in ${path === '' ? 'the root' : quoted(path)} in revision ${nameOf(revision)}, found more`,
    hint: 'Spread them over several folders, or raise limits.maxFolderEntries.',
  })

/** Folders in folders in folders. */
export const pathTooDeep = (revision: Revision, path: string, limit: number): MooringError =>
  new MooringError({
    code: 'PATH_TOO_DEEP',
    kind: 'permanent',
    message: `Expected at most ${limit} folders in each other in revision ${nameOf(revision)}, found more at ${quoted(path.slice(0, shown))}`,
    hint: 'See who pushed them: people make no such folders. Or raise limits.maxDepth.',
  })

/** A path that systems would not take. */
export const pathTooLong = (revision: Revision, path: string, limit: number): MooringError =>
  new MooringError({
    code: 'PATH_TOO_LONG',
    kind: 'permanent',
    message: `Expected paths of at most ${limit} bytes in revision ${nameOf(revision)}, found a longer one that begins with ${quoted(path.slice(0, shown))}`,
    hint: 'Shorten the names of its folders, or raise limits.maxPathBytes.',
  })

/** More files than anybody means to have. */
export const tooManyFiles = (revision: Revision, path: string, limit: number): MooringError =>
  new MooringError({
    code: 'TOO_MANY_FILES',
    kind: 'permanent',
    message: `Expected at most ${limit} files below ${path === '' ? 'the root' : quoted(path)} in revision ${nameOf(revision)}, found more`,
    hint: 'Give a folder further down, or raise limits.maxFiles.',
  })
