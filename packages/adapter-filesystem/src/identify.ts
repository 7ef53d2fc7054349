import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MooringError } from '@mooring/core'
import { codeOf, failure } from './failure.ts'

/**
 * What the keys are relative to: the real path, links on the way to the directory resolved. It is the same before the
 * directory exists and after; another directory under the same name (a link that now leads elsewhere) is another target.
 */
export async function identify(root: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted()
  try {
    return `directory:${await realPathOf(root)}`
  } catch (thrown) {
    throw failure(thrown, 'read', root, signal)
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown
  }
  const entry = await lstat(path).catch(() => undefined)
  if (entry?.isSymbolicLink()) {
    throw new MooringError({
      code: 'PATH_OCCUPIED',
      kind: 'permanent',
      message: `Expected a directory at ${path}, found a symbolic link that leads nowhere`,
      hint: 'Create the directory it names, or remove the link.',
    })
  }
  return join(await realPathOf(dirname(path)), basename(path))
}
