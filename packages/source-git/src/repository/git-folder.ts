import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { MooringError } from '@mooring/core'
import { codeOf } from './system-error.ts'

/** Where the parts of a repository of this machine are. */
export interface GitFolder {
  /** Holds `refs` and `packed-refs`. */
  readonly refs: string
  /** Folders that hold `objects`, the repository's own first, then those it borrows from. */
  readonly objects: readonly string[]
}

const maxBorrowed = 5

/**
 * Finds a repository: bare, the folder above a `.git`, or a linked working tree.
 *
 * Throws `REPOSITORY_NOT_FOUND`, `REPOSITORY_UNREACHABLE` and `REPOSITORY_UNSUPPORTED`.
 */
export async function findGitFolder(folder: string): Promise<GitFolder> {
  try {
    const own = await dotGitOf(folder)
    const common = await textIn(join(own, 'commondir'))
    const refs = common === undefined ? own : resolve(own, common)
    if (!(await isThere(join(refs, 'objects'))) || !(await isThere(join(refs, 'HEAD'))))
      throw notFound(folder)
    refuseNewFormats(folder, (await textIn(join(refs, 'config'))) ?? '')
    return { refs, objects: await withBorrowed(refs) }
  } catch (thrown) {
    if (thrown instanceof MooringError) throw thrown
    throw unreadable(folder, thrown)
  }
}

async function dotGitOf(folder: string): Promise<string> {
  const dotGit = join(folder, '.git')
  const kind = await stat(dotGit).catch(unlessMissing)
  if (kind === undefined) return folder
  if (kind.isDirectory()) return dotGit
  const target = /^gitdir: (.+)$/m.exec((await textIn(dotGit)) ?? '')?.[1]
  if (target === undefined) throw notFound(folder)
  return resolve(folder, target)
}

/** Both are in the `extensions` section, and nothing else of these names is anywhere in Git. */
function refuseNewFormats(folder: string, config: string): void {
  const value = /^\s*(?:objectformat\s*=\s*"?(?!sha1\b)|refstorage\s*=\s*"?(?!files\b))\w+/im.exec(config)
  if (value === null) return
  throw new MooringError({
    code: 'REPOSITORY_UNSUPPORTED',
    kind: 'permanent',
    message: `Expected SHA-1 objects and refs in files in ${folder}, found ${value[0].trim()}`,
    hint: 'Serve it over HTTP or SSH, where both are read, or mirror it into a repository of the usual format.',
  })
}

async function withBorrowed(own: string): Promise<readonly string[]> {
  const folders = [own]
  for (const folder of folders) {
    const text = (await textIn(join(folder, 'objects', 'info', 'alternates'))) ?? ''
    for (const line of text.split('\n')) {
      const objects = resolve(folder, 'objects', line)
      const lender = dirname(objects)
      if (line === '' || line.startsWith('#') || basename(objects) !== 'objects') continue
      if (folders.length < maxBorrowed && !folders.includes(lender)) folders.push(lender)
    }
  }
  return folders
}

const isThere = async (path: string): Promise<boolean> =>
  (await stat(path).catch(unlessMissing)) !== undefined

const textIn = async (file: string): Promise<string | undefined> =>
  (await readFile(file, 'utf8').catch(unlessMissing))?.trim()

function unlessMissing(thrown: unknown): undefined {
  const { code } = thrown as { code?: unknown }
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw thrown
}

const notFound = (folder: string): MooringError =>
  new MooringError({
    code: 'REPOSITORY_NOT_FOUND',
    kind: 'permanent',
    message: `Expected a Git repository in ${folder}, found none`,
    hint: 'Give the folder that holds .git, or a bare repository.',
  })

/** The error of a repository that is there, and cannot be read. */
export const unreadable = (folder: string, cause: unknown): MooringError =>
  new MooringError({
    code: 'REPOSITORY_UNREACHABLE',
    kind: 'transient',
    message: `Expected to read the repository in ${folder}, found that it cannot be read (${codeOf(cause)})`,
    hint: 'See who may read the folder, and whether its disk is there.',
    cause,
  })
