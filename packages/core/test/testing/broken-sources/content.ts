import type { SnapshotEntry } from '../../../src/ports/snapshot.ts'
import { faulty, faultyList, faultySnapshot, never } from './faulty-source.ts'

const listing = 'lists every file and no folder, below the root and below a folder'

export const brokenContents = [
  faultyList('folders in the list', [listing], (entries, _, path) =>
    path === '' && entries.some((entry) => entry.path === 'app-2/c.json')
      ? [...entries, { path: 'app-2', digest: 'folder', kind: 'file' }]
      : entries,
  ),
  faultyList('a list of the folder itself, and not below it', [listing], (entries, _, path) =>
    entries.filter((entry) => path === '' || !entry.path.slice(path.length + 1).includes('/')),
  ),
  faultySnapshot(
    'an order made anew each time',
    ['lists in the same order every time', 'keeps the content of a snapshot after later commits'],
    (snapshot) => {
      let listed = 0
      return {
        async *list(path, options) {
          const entries: SnapshotEntry[] = []
          for await (const entry of snapshot.list(path, options)) entries.push(entry)
          yield* ++listed % 2 === 0 ? entries.reverse() : entries
        },
      }
    },
  ),
  faultyList('sizes in characters', ['lists paths relative to the root, and true sizes'], (entries) =>
    entries.map((entry) => ({ ...entry, size: (entry.size ?? 0) + 1 })),
  ),
  faultyList('no executables', ['tells executables from plain files'], (entries) =>
    entries.map((entry) => ({ ...entry, kind: 'file' })),
  ),
  faultySnapshot('line ends made one', ['reads every byte as it was committed'], (snapshot) => ({
    async read(path, options) {
      const bytes = await snapshot.read(path, options)
      return path.endsWith('.txt') ? bytes.filter((byte) => byte !== 13) : bytes
    },
  })),
  faultySnapshot('content taken for text', ['reads every byte as it was committed'], (snapshot) => ({
    read: async (path, options) =>
      new TextEncoder().encode(new TextDecoder().decode(await snapshot.read(path, options))),
  })),
  faultyList('names in quotes', ['reads files whose names hold spaces and other scripts'], (entries) =>
    entries.map((entry) => ({ ...entry, path: entry.path.replace(/[^\x20-\x7e]/g, '?') })),
  ),
  faultySnapshot(
    'a missing file read as empty',
    ['rejects to read what is no file with PATH_NOT_FOUND', 'reads nothing outside the root'],
    (snapshot) => ({
      async read(path, options) {
        options.signal.throwIfAborted()
        return snapshot.read(path, options).catch(() => new Uint8Array())
      },
    }),
  ),
  faultySnapshot('a read outside the root', ['reads nothing outside the root'], (snapshot) => ({
    read: async (path, options) => (path.includes('..') ? new Uint8Array([1]) : snapshot.read(path, options)),
  })),
  faultySnapshot(
    'a missing folder listed as empty',
    ['rejects to list what is no folder with PATH_NOT_FOUND'],
    (snapshot) => ({
      async *list(path, options) {
        if ((await snapshot.digestOf(path, options)) === undefined) return
        yield* snapshot.list(path, options)
      },
    }),
  ),
  faulty(
    'snapshots of a folder that moves on',
    ['keeps the content of a snapshot after later commits', ...movingOn()],
    (source) => ({
      async open(revision, options) {
        const now = async () =>
          source.open((await source.resolve({ signal: never })).revision, { signal: never })
        const snapshot = await source.open(revision, options)
        return {
          ...snapshot,
          async read(path, given) {
            given.signal.throwIfAborted()
            return (await now()).read(path, given)
          },
        }
      },
    }),
  ),
  faulty(
    'one checkout that the first disposal deletes',
    ['leaves a snapshot readable when another of the same revision is disposed'],
    (source) => {
      let deleted = false
      return {
        async open(revision, options) {
          const snapshot = await source.open(revision, options)
          return {
            ...snapshot,
            async read(path, given) {
              if (deleted) throw new Error('no such file')
              return snapshot.read(path, given)
            },
            async [Symbol.asyncDispose]() {
              deleted = true
            },
          }
        },
      }
    },
  ),
]

/** What else breaks when a snapshot shows the newest content. */
function movingOn(): readonly string[] {
  return ['opens what find gives', 'opens an older revision with the content it had']
}
