import fs from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import git from 'isomorphic-git'

/** Files of a commit: text, or null for a file that goes. */
export type Files = Readonly<Record<string, string | null>>

/** A Git repository in a folder, changed by people, without the git executable. */
export async function repository(dir: string) {
  await mkdir(dir, { recursive: true })
  await git.init({ fs, dir, defaultBranch: 'main' })
  let before: Files = {}
  let now: Files = {}
  const undo = new Map<string, { readonly message: string; readonly files: Files }>()

  const commit = async (name: string, message: string, files: Files): Promise<string> => {
    for (const [path, text] of Object.entries(files)) {
      const file = join(dir, path)
      if (text === null) {
        await rm(file, { force: true })
        await git.remove({ fs, dir, filepath: path })
        continue
      }
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      if (path.endsWith('.sh')) await chmod(file, 0o755)
      await git.add({ fs, dir, filepath: path })
    }
    before = now
    now = { ...now, ...files }
    const id = await git.commit({
      fs,
      dir,
      message,
      author: { name, email: `${name.toLowerCase()}@example.com` },
    })
    undo.set(id, {
      message,
      files: Object.fromEntries(Object.keys(files).map((path) => [path, before[path] ?? null])),
    })
    return id
  }
  return {
    commit,
    /** Deletes every file but those whose name ends like one of these. */
    removeAllBut: (name: string, message: string, kept: readonly string[]): Promise<string> => {
      const gone = Object.keys(now).filter(
        (path) => now[path] !== null && !kept.some((end) => path.endsWith(end)),
      )
      return commit(name, message, Object.fromEntries(gone.map((path) => [path, null])))
    },
    /** A commit that undoes another. */
    revert: (name: string, id: string): Promise<string> => {
      const undone = undo.get(id) as { readonly message: string; readonly files: Files }
      return commit(name, `Revert "${undone.message}"`, undone.files)
    },
  }
}
