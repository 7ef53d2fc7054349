import { lstat, readdir, unlink } from 'node:fs/promises'
import { draftPrefix } from './draft.ts'
import type { Folder } from './folder.ts'

/**
 * Removes drafts that a crash left in a folder. Only names of ours, and only old ones: a young one may be under way by
 * another target. Gives whether nothing is left to come back for.
 *
 * `nowMs` is best a time the same file system has just written: then its clock and ours need not agree.
 */
export async function sweep(folder: Folder, nowMs: number): Promise<boolean> {
  let clean = true
  for (const name of await readdir(folder.at('.'))) {
    if (!name.startsWith(draftPrefix)) continue
    // Gone already: its own writer has finished, or another target sweeps too.
    const writtenMs = (await lstat(folder.at(name)).catch(() => undefined))?.mtimeMs ?? nowMs
    if (nowMs - writtenMs > oldMs) await unlink(folder.at(name)).catch(() => {})
    else clean = false
  }
  return clean
}

/** Ten minutes: longer than any one file is written. */
const oldMs = 600_000
