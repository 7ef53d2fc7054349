import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from './failure.ts'

/** Watches over some folders of a directory, and what they saw. */
export interface WatchedFolders extends Disposable {
  /** Watches these folders and no others from now on. Gives those that were not watched before. */
  readonly follow: (folders: ReadonlySet<string>) => readonly string[]
  /** Paths that changed, as soon as there are any. Rejects on abort and when a watch breaks. */
  readonly next: () => Promise<Set<string>>
  /** Paths that changed since. */
  readonly take: () => Set<string>
}

/** No folder is watched before `follow`. Paths are relative to the root. */
export function watchFolders(root: string, signal: AbortSignal): WatchedFolders {
  const watchers = new Map<string, FSWatcher>()
  let changed = new Set<string>()
  let broken: { readonly reason: unknown } | undefined
  let wake = (): void => {}

  const drop = (folder: string): void => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }
  const add = (folder: string): boolean => {
    const watcher = watchOf(join(root, folder))
    watcher?.on('change', (_, name) => {
      changed.add(join(folder, String(name ?? '')))
      wake()
    })
    watcher?.on('error', (reason) => {
      broken = { reason }
      wake()
    })
    if (watcher !== undefined) watchers.set(folder, watcher)
    return watcher !== undefined
  }
  const take = (): Set<string> => {
    const taken = changed
    changed = new Set()
    // A folder that changed as an entry of another may be a new one under the old name.
    for (const folder of [...watchers.keys()]) if (folder !== '' && isBelow(folder, taken)) drop(folder)
    return taken
  }
  const onAbort = (): void => wake()
  signal.addEventListener('abort', onAbort)

  return {
    take,
    follow: (folders) => {
      for (const folder of watchers.keys()) if (!folders.has(folder)) drop(folder)
      return [...folders]
        .filter((folder) => !watchers.has(folder))
        .sort()
        .filter(add)
    },
    next: async () => {
      while (changed.size === 0 && broken === undefined && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      signal.throwIfAborted()
      if (broken !== undefined) throw broken.reason
      return take()
    },
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', onAbort)
      for (const folder of [...watchers.keys()]) drop(folder)
    },
  }
}

/** Undefined for a folder that does not exist: the one above it is watched too and tells when it comes. */
function watchOf(path: string): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false })
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return undefined
    throw thrown
  }
}

function isBelow(folder: string, changed: ReadonlySet<string>): boolean {
  const parts = folder.split('/')
  return parts.some((_, depth) => changed.has(parts.slice(0, depth + 1).join('/')))
}
