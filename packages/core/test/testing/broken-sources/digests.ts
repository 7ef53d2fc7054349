import type { Snapshot, SnapshotEntry } from '../../../src/ports/snapshot.ts'
import { memorySource } from '../../../src/testing/index.ts'
import { faultyList, faultySnapshot } from './faulty-source.ts'

export const brokenDigests = [
  faultySnapshot('no digest of the root', rootDigestFacts(), (snapshot) => ({
    digestOf: async (path, options) => (path === '' ? undefined : snapshot.digestOf(path, options)),
  })),
  faultySnapshot('a digest for everything', ['gives no digest to what is not there'], (snapshot) => ({
    digestOf: async (path, options) => (await snapshot.digestOf(path, options)) ?? 'nothing',
  })),
  faultySnapshot(
    'digests made of paths alone',
    [
      'changes the digest of a folder when two files in it swap their contents',
      'changes the digest of a folder when a file moves into a folder below',
      'changes the digest of a changed file and of every folder above',
      'changes the digest of a folder when a file in it is added, deleted or renamed',
      'changes digests when a file becomes executable',
      'lists each file with the digest that digestOf gives',
    ],
    (snapshot) => ({
      digestOf: async (path, options) =>
        (await snapshot.digestOf(path, options)) === undefined ? undefined : `of ${path}`,
    }),
  ),
  faultySnapshot(
    'digests made of the revision',
    [
      'changes the digest of a folder when two files in it swap their contents',
      'changes the digest of a folder when a file moves into a folder below',
      'keeps the digests of what did not change',
      'changes the digest of a folder when a file in it is added, deleted or renamed',
      'changes digests when a file becomes executable',
      'gives content that comes back the digests it had',
      'lists each file with the digest that digestOf gives',
    ],
    (snapshot) => ({
      digestOf: async (path, options) =>
        (await snapshot.digestOf(path, options)) === undefined
          ? undefined
          : `${snapshot.revision.id}:${path}`,
    }),
  ),
  faultySnapshot(
    'digests that leave out names',
    [
      'changes the digest of a folder when a file in it is added, deleted or renamed',
      'changes the digest of a folder when two files in it swap their contents',
      'changes the digest of a folder when a file moves into a folder below',
    ],
    (snapshot) => digestingFolders(snapshot, (below) => below.map(({ digest }) => digest)),
  ),
  faultySnapshot(
    'digests that know names and contents, and not what belongs together',
    ['changes the digest of a folder when two files in it swap their contents'],
    (snapshot) => digestingFolders(snapshot, (below) => below.flatMap(({ path, digest }) => [path, digest])),
  ),
  faultySnapshot(
    'digests that leave out the folders below',
    ['changes the digest of a folder when a file moves into a folder below'],
    (snapshot) =>
      digestingFolders(snapshot, (below) =>
        below.map(({ path, digest }) => `${path.slice(path.lastIndexOf('/') + 1)} ${digest}`),
      ),
  ),
  faultySnapshot(
    'digests that leave out the executable bit',
    ['changes digests when a file becomes executable', 'lists each file with the digest that digestOf gives'],
    (snapshot) => ({
      async digestOf(path, options) {
        if ((await snapshot.digestOf(path, options)) === undefined) return undefined
        const source = memorySource()
        const files: Record<string, Uint8Array> = {}
        for await (const { path: file } of snapshot.list('', options))
          files[file] = await snapshot.read(file, options)
        const plain = await source.open(source.commit(files), options)
        return `plain ${await plain.digestOf(path, options)}`
      },
    }),
  ),
  faultyList(
    'listed digests of another making',
    ['lists each file with the digest that digestOf gives'],
    (entries) => entries.map((entry) => ({ ...entry, digest: `listed ${entry.digest}` })),
  ),
]

/** Folders whose digest is made of these parts, in whatever order. */
const digestingFolders = (
  snapshot: Snapshot,
  partsOf: (below: readonly SnapshotEntry[]) => readonly string[],
): Partial<Snapshot> => ({
  async digestOf(path, options) {
    const digest = await snapshot.digestOf(path, options)
    if (digest === undefined) return undefined
    const below: SnapshotEntry[] = []
    try {
      for await (const entry of snapshot.list(path, options)) below.push(entry)
    } catch {
      return digest
    }
    return partsOf(below).toSorted().join()
  },
})

/** What breaks when the root has no digest. */
function rootDigestFacts(): readonly string[] {
  return [
    'changes the digest of a folder when two files in it swap their contents',
    'changes the digest of a folder when a file moves into a folder below',
    'gives every file and folder a digest, the root too',
    'changes the digest of a changed file and of every folder above',
    'changes the digest of a folder when a file in it is added, deleted or renamed',
    'changes digests when a file becomes executable',
  ]
}
