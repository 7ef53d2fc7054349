import { isMooringError, MooringError } from '@mooring/core'

/** What the operating system, or Node, calls an error: `ENOENT`. */
export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined

/** Another process is in the way, for a moment. */
export const isBusy = (thrown: unknown): boolean =>
  isMooringError(thrown) ? thrown.code === 'STORE_BUSY' : busyCodes.includes(primaryCodeOf(thrown))

/**
 * Any thrown value as what a method of the store throws: the caller's own abort and errors of ours pass through, errors
 * of SQLite and of the system get a code and name the file.
 */
export function failure(thrown: unknown, path: string, signal: AbortSignal): unknown {
  if (signal.aborted && thrown === signal.reason) return thrown
  if (isMooringError(thrown)) return thrown
  // A number too large to be one of ours, in a column of numbers.
  if (codeOf(thrown) === 'ERR_OUT_OF_RANGE') return storeDamaged(path, 'a number is out of range', thrown)
  return failureOfSystem(thrown, path) ?? failureOfSqlite(thrown, path) ?? storeFailed(path, thrown)
}

function failureOfSystem(thrown: unknown, path: string): MooringError | undefined {
  switch (codeOf(thrown)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return folderMissing(path, thrown)
    case 'ENOSPC':
    case 'EDQUOT':
      return storeFull(path, thrown)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTSUP':
    case 'EISDIR':
      return notWritable(path, thrown)
    default:
      return undefined
  }
}

/** Result codes of SQLite: sqlite.org/rescode.html. The low byte is the primary code. */
function failureOfSqlite(thrown: unknown, path: string): MooringError | undefined {
  const code = sqliteCodeOf(thrown)
  if (code === shmSize) return storeFull(path, thrown)
  switch (primaryCodeOf(thrown)) {
    case 11: // CORRUPT
    case 26: // NOTADB
    case 1: // ERROR: our SQL is always the same, so the tables are not ours.
    case 19: // CONSTRAINT
    case 20: // MISMATCH
      return storeDamaged(path, said(thrown), thrown)
    case 13: // FULL
      return storeFull(path, thrown)
    case 3: // PERM
    case 8: // READONLY
    case 14: // CANTOPEN
      return notWritable(path, thrown)
    case 10: // IOERR; a read that ends before the page does.
      return code === shortRead ? storeDamaged(path, said(thrown), thrown) : undefined
    default:
      return undefined
  }
}

/** BUSY and LOCKED. */
const busyCodes: readonly number[] = [5, 6]
const shortRead = 522
/** No room for the file beside the log. */
const shmSize = 4874

const sqliteCodeOf = (thrown: unknown): number =>
  thrown instanceof Error && codeOf(thrown) === 'ERR_SQLITE_ERROR'
    ? Number((thrown as { errcode?: unknown }).errcode)
    : -1

const primaryCodeOf = (thrown: unknown): number => sqliteCodeOf(thrown) & 0xff

/** What was thrown, without the path that Node adds: it is ours already, or of a draft. */
const said = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replace(/, \w+( '.*)?$/s, '')

/** Somebody else wrote for all the time there was. */
export const storeBusy = (path: string, waitMs: number, cause: unknown): MooringError =>
  new MooringError({
    code: 'STORE_BUSY',
    kind: 'transient',
    message: `Expected the store ${path} to be free within ${waitMs} ms, but another process held its lock`,
    hint: 'Nothing was changed, and it is tried again. If it stays, look for a program that keeps the file open in a transaction (a shell, a backup), or for two engines on different versions of Node.',
    cause,
  })

/** The content cannot be what was written. */
export const storeDamaged = (path: string, what: string, cause?: unknown): MooringError =>
  new MooringError({
    code: 'STORE_DAMAGED',
    kind: 'permanent',
    message: `Expected ${path} to hold what this store wrote, but ${what}`,
    hint: 'Nothing is applied or pruned from it. Stop the engine, move the file away together with those beside it (-wal, -shm, -journal), and restore a backup. Without one, start with a new file and give createEngine the installation id that stands in the owner marks, so that it recognises what it applied.',
    cause,
  })

/** The path leads elsewhere by now. */
export const storeReplaced = (path: string): MooringError =>
  new MooringError({
    code: 'STORE_REPLACED',
    kind: 'transient',
    message: `Expected ${path} to be the file that was opened, but it was deleted or replaced since`,
    hint: 'Nothing was written to either. The next call opens what is there; an engine that was not meant to go on with it should be stopped before a file is replaced.',
  })

/** A later Mooring was here. */
export const storeTooNew = (path: string): MooringError =>
  new MooringError({
    code: 'STORE_TOO_NEW',
    kind: 'permanent',
    message: `Expected a format of ${path} that this version of Mooring knows, but a later version has written it`,
    hint: 'Nothing was changed. Run the later version again, or restore the backup from before the upgrade.',
  })

/** Another program's database. */
export const storeNotRecognised = (path: string): MooringError =>
  new MooringError({
    code: 'STORE_NOT_RECOGNISED',
    kind: 'permanent',
    message: `Expected ${path} to be a store of Mooring, but it is a database of another program`,
    hint: 'Nothing was changed. Give the store a path of its own.',
  })

/** The store was disposed of. */
export const storeDisposed = (path: string): MooringError =>
  new MooringError({
    code: 'STORE_DISPOSED',
    kind: 'permanent',
    message: `Expected the store ${path} to be in use, but it was disposed`,
    hint: 'Create another store; lend() one to an engine that must not dispose it.',
  })

const storeFull = (path: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'STORE_FULL',
    kind: 'transient',
    message: `Expected room to write ${path}, but ${said(cause)}. What was there before is untouched`,
    hint: 'Free space, or raise the quota, on the file system of this path. It is tried again.',
    cause,
  })

const notWritable = (path: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'STORE_NOT_WRITABLE',
    kind: 'permanent',
    message: `Expected to read and write ${path} and files beside it, but ${said(cause)}`,
    hint: 'Let the user this process runs as write to the file and to its folder, on a file system with hard links that is mounted writable.',
    cause,
  })

const folderMissing = (path: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'STORE_FOLDER_MISSING',
    kind: 'permanent',
    message: `Expected the folder of ${path} to exist, but ${said(cause)}`,
    hint: 'Create the folder, or mount the volume that has it. It is not made, because a store made anew in place of a missing volume would forget everything.',
    cause,
  })

const storeFailed = (path: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'STORE_FAILED',
    kind: 'transient',
    message: `Expected to use the store ${path}, but ${said(cause)}`,
    hint: 'Nothing was changed, and it is tried again. If it stays, look at the disk or the mount under this path.',
    cause,
  })
