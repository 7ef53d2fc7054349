import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { WatchHint } from '@mooring/core'
import type { Claims } from './claims.ts'
import { draftPrefix } from './draft.ts'
import { codeOf, said } from './failure.ts'
import { type Marker, markerName } from './marker.ts'
import { splitKey } from './place.ts'
import { watchFolders } from './watch-folders.ts'

/**
 * Hints at files that changed. Watches the folders with claimed files in them, each by itself: Node's recursive watch
 * loses a file when another is renamed over it, which is how editors save and how we write.
 *
 * Waits for a directory that does not exist yet. Whatever makes it miss something, itself included, is a hint at
 * everything. Ends, without an error, on abort.
 */
export async function* watch(root: string, claims: Claims, signal: AbortSignal): AsyncGenerator<WatchHint> {
  for (let failures = 0; ; failures += 1) {
    try {
      await untilExists(root, signal)
      for await (const hint of watchExisting(root, claims, signal)) {
        failures = 0
        yield hint
      }
    } catch (thrown) {
      if (signal.aborted) return
      yield { all: true, reason: `the watch of ${root} broke: ${said(thrown)}` }
    }
    if (!(await pause(Math.min(1000 * 2 ** failures, 300_000), signal))) return
  }
}

async function* watchExisting(root: string, claims: Claims, signal: AbortSignal): AsyncGenerator<WatchHint> {
  using folders = watchFolders(root, signal)
  const { ino } = await stat(root)
  folders.follow(foldersOf(await claims.read()))
  yield { all: true, reason: `the watch of ${root} begins` }
  for (;;) {
    const changed = await folders.next()
    // An editor's save, or a checkout, is many events: let them come together.
    await delay(debounceMs, undefined, { signal })
    for (const path of folders.take()) changed.add(path)
    if ((await stat(root)).ino !== ino) throw new Error('another directory has taken its place')

    const marker = await claims.read()
    for (const folder of folders.follow(foldersOf(marker))) changed.add(folder)
    const keys = keysOf(changed, marker)
    if (keys.length > 0) yield { keys }
  }
}

const debounceMs = 50

/** The root, every folder with a claimed file in it, and those above them. */
function foldersOf(marker: Marker): Set<string> {
  const folders = new Set([''])
  for (const key of marker.claims.keys()) {
    for (let { folder } = splitKey(key); !folders.has(folder); folder = splitKey(folder).folder)
      folders.add(folder)
  }
  return folders
}

/** What changed itself, and where that may be a folder, every claimed file below it. */
function keysOf(changed: ReadonlySet<string>, marker: Marker): string[] {
  const keys = new Set<string>()
  for (const path of changed) {
    const { name } = splitKey(path)
    if (name !== '' && name !== markerName && !name.startsWith(draftPrefix)) keys.add(path)
  }
  for (const key of marker.claims.keys()) {
    for (let { folder } = splitKey(key); folder !== ''; folder = splitKey(folder).folder) {
      if (changed.has(folder)) keys.add(key)
    }
  }
  return [...keys]
}

async function untilExists(root: string, signal: AbortSignal): Promise<void> {
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5000)) {
    signal.throwIfAborted()
    try {
      await stat(root)
      return
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT') throw thrown
    }
    await pause(waitMs, signal)
  }
}

/** False when aborted meanwhile. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => {})
  return !signal.aborted
}
