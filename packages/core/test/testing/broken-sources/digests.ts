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
    ['changes the digest of a folder when a file in it is added, deleted or renamed'],
    (snapshot) => ({
      async digestOf(path, options) {
        const digest = await snapshot.digestOf(path, options)
        if (digest === undefined) return undefined
        const below: string[] = []
        try {
          for await (const entry of snapshot.list(path, options)) below.push(entry.digest)
        } catch {
          return digest
        }
        return below.sort().join()
      },
    }),
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

/** What breaks when the root has no digest. */
function rootDigestFacts(): readonly string[] {
  return [
    'gives every file and folder a digest, the root too',
    'changes the digest of a changed file and of every folder above',
    'changes the digest of a folder when a file in it is added, deleted or renamed',
    'changes digests when a file becomes executable',
  ]
}
