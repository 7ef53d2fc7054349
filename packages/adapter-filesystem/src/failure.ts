import { isMooringError, MooringError } from '@mooring/core'

/** What the operating system calls an error: `ENOENT`. */
export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined

/**
 * Any thrown value as what a method of the target throws: the caller's own abort and errors of ours pass through, errors
 * of the system get a code and name the path.
 */
export function failure(
  thrown: unknown,
  doing: 'read' | 'write',
  path: string,
  signal: AbortSignal,
): unknown {
  if (signal.aborted) return signal.reason
  if (isMooringError(thrown)) return thrown
  switch (codeOf(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(thrown, path)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return doing === 'read' ? notReadable(thrown, path) : notWritable(thrown, path)
    default:
      return new MooringError({
        code: 'DIRECTORY_FAILED',
        kind: 'transient',
        message: `Expected to ${doing} ${path}, but ${said(thrown)}`,
        hint: 'It is tried again. If it stays, look at the disk or the mount under this path.',
        cause: thrown,
      })
  }
}

const diskFull = (cause: unknown, path: string): MooringError =>
  new MooringError({
    code: 'DISK_FULL',
    kind: 'transient',
    message: `Expected room to write ${path}, but ${said(cause)}. What was there before is untouched`,
    hint: 'Free space, or raise the quota, on the file system of this path. It is tried again.',
    cause,
  })

const notReadable = (cause: unknown, path: string): MooringError =>
  new MooringError({
    code: 'DIRECTORY_NOT_READABLE',
    kind: 'permanent',
    message: `Expected to read ${path}, but ${said(cause)}`,
    hint: 'Let the user this process runs as read the directory and all files it keeps there.',
    cause,
  })

const notWritable = (cause: unknown, path: string): MooringError =>
  new MooringError({
    code: 'DIRECTORY_NOT_WRITABLE',
    kind: 'permanent',
    message: `Expected to write ${path}, but ${said(cause)}`,
    hint: 'Let the user this process runs as write to the folder, or mount the file system writable.',
    cause,
  })

/** What the system says, without the paths that Node adds: they are ours already, or in a form that helps nobody. */
export const said = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replace(/, \w+( '.*)?$/s, '')
