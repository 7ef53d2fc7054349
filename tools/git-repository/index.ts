import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { runGit } from './run-git.ts'

/** What a commit does to one path: new content, content with a mode, a symbolic link, a submodule, or nothing left there. */
export type FileChange =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly executable: true }
  | { readonly link: string }
  | { readonly submodule: string }
  | null

/** One commit to make. */
export interface NewCommit {
  readonly files?: Readonly<Record<string, FileChange>>
  /** Default `change`. */
  readonly message?: string
  /** Default `main`. The branch is made if it does not exist. */
  readonly branch?: string
  /** What the commit follows; `null` for nothing, which starts a history of its own. Default: the tip of the branch. */
  readonly parent?: string | null
  /** `Name <address>`. Default Ada Test. */
  readonly author?: string
  /** Seconds since the epoch. Default: one more than that of the last commit made here. */
  readonly at?: number
}

/**
 * A bare repository in a temporary folder, made and changed with the real Git. Files exist only in Git: there is no
 * working tree. Disposing it removes the folder.
 */
export interface TestRepository extends AsyncDisposable {
  /** The folder of the repository, ending in `/<name>.git`. */
  readonly path: string
  /** The folder above it, to be served as a root. */
  readonly root: string
  /** Its name under the root, with `.git`. */
  readonly name: string
  /** Makes a commit and moves the branch to it, whatever the branch was before. Gives the commit id. */
  readonly commit: (commit: NewCommit) => Promise<string>
  /** Points a branch at a commit, as a force-push would. */
  readonly moveBranch: (branch: string, commit: string) => Promise<void>
  /** Makes or moves a tag; with a message an annotated one. */
  readonly tag: (name: string, commit: string, message?: string) => Promise<void>
  /** The commit a name leads to. Default `main`. */
  readonly idOf: (name?: string) => Promise<string>
  /** Any Git command in this repository. */
  readonly git: (args: readonly string[], input?: string | Uint8Array) => Promise<string>
}

/** Makes an empty repository whose HEAD points at `main`. */
export async function testRepository(
  name = 'env.git',
  format: 'sha1' | 'sha256' = 'sha1',
): Promise<TestRepository> {
  const root = await mkdtemp(join(tmpdir(), 'mooring-repository-'))
  const path = join(root, name)
  await runGit(root, [
    'init',
    '--quiet',
    '--bare',
    '--initial-branch=main',
    `--object-format=${format}`,
    name,
  ])
  const git: TestRepository['git'] = (args, input) => runGit(path, args, input)
  const idOf = (of = 'main'): Promise<string> => git(['rev-parse', '--verify', `${of}^{commit}`])
  let at = 1_767_225_600
  return {
    path,
    root,
    name: basename(path),
    git,
    idOf,
    commit: async (commit) => {
      at += 1
      await git(['fast-import', '--quiet', '--force'], await importOf({ at, ...commit }, git))
      return idOf(`refs/heads/${commit.branch ?? 'main'}`)
    },
    moveBranch: async (branch, commit) => void (await git(['update-ref', `refs/heads/${branch}`, commit])),
    tag: async (tag, commit, message) =>
      void (await git(['tag', '--force', ...(message === undefined ? [] : ['-m', message]), tag, commit])),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

/** The commit in the words of `git fast-import`. */
async function importOf(commit: NewCommit & { at: number }, git: TestRepository['git']): Promise<Buffer> {
  const branch = `refs/heads/${commit.branch ?? 'main'}`
  const author = commit.author ?? 'Ada Test <ada@example.com>'
  const parts: (string | Uint8Array)[] = []
  parts.push(
    `commit ${branch}\nauthor ${author} ${commit.at} +0000\ncommitter ${author} ${commit.at} +0000\n`,
  )
  parts.push(...data(commit.message ?? 'change'))
  const parent = commit.parent === undefined ? await tipOf(branch, git) : commit.parent
  if (parent) parts.push(`from ${parent}\n`)
  for (const [path, change] of Object.entries(commit.files ?? {})) parts.push(...linesOf(path, change))
  if (!parent) parts.unshift(`reset ${branch}\n\n`)
  return Buffer.concat(parts.map((part) => Buffer.from(part)))
}

const tipOf = async (branch: string, git: TestRepository['git']): Promise<string | undefined> =>
  (await git(['for-each-ref', '--format=%(objectname)', branch])) || undefined

function linesOf(path: string, change: FileChange): (string | Uint8Array)[] {
  const quoted = JSON.stringify(path)
  if (change === null) return [`D ${quoted}\n`]
  if (typeof change === 'string' || change instanceof Uint8Array) {
    return [`M 100644 inline ${quoted}\n`, ...data(change)]
  }
  if ('link' in change) return [`M 120000 inline ${quoted}\n`, ...data(change.link)]
  if ('submodule' in change) return [`M 160000 ${change.submodule} ${quoted}\n`]
  return [`M 100755 inline ${quoted}\n`, ...data(change.content)]
}

function data(content: string | Uint8Array): (string | Uint8Array)[] {
  const bytes = Buffer.from(content)
  return [`data ${bytes.length}\n`, bytes, '\n']
}
