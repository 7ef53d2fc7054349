import assert from 'node:assert/strict'
import type { Snapshot } from '../../ports/snapshot.ts'
import type { FileChanges } from '../memory-source/file-tree.ts'
import { entriesOf, type SourceFact, type SourceScene } from './source-scene.ts'

/** What digests tell. Compared between revisions, at the same path, as the engine compares them. */
export const digestFacts: readonly SourceFact[] = [
  {
    name: 'gives every file and folder a digest, the root too',
    async run({ snapshotOf }) {
      const snapshot = await snapshotOf(start)
      const digests = await digestsOf(snapshot, ['', 'app', 'app/base', 'app/base/b.json', 'app/a.json'])
      assert.ok(
        digests.every((digest) => digest !== undefined && digest.length > 0),
        `Expected digests, got ${digests.join()}`,
      )
    },
  },
  {
    name: 'gives no digest to what is not there',
    async run({ snapshotOf }) {
      const missing = ['missing', 'app/missing.json', 'ap', 'app/a.json/below']
      const digests = await digestsOf(await snapshotOf(start), missing)
      assert.deepEqual(
        digests,
        missing.map(() => undefined),
      )
    },
  },
  {
    name: 'changes the digest of a changed file and of every folder above',
    async run(scene) {
      await assertChange(
        scene,
        { 'app/base/b.json': 'changed' },
        ['app/base/b.json', 'app/base', 'app', ''],
        [],
      )
    },
  },
  {
    name: 'keeps the digests of what did not change',
    async run(scene) {
      await assertChange(scene, { 'app/base/b.json': 'changed' }, [], ['app/a.json', 'other', 'other/c.json'])
    },
  },
  {
    name: 'changes the digest of a folder when a file in it is added, deleted or renamed',
    async run(scene) {
      await assertChange(
        scene,
        { 'app/base/new.json': '1' },
        ['app/base', 'app', ''],
        ['app/base/b.json', 'other'],
      )
      await assertChange(
        scene,
        { 'app/base/new.json': null },
        ['app/base', 'app', ''],
        ['app/base/b.json', 'other'],
      )
      const rename = { 'app/base/b.json': null, 'app/base/renamed.json': 'b' }
      await assertChange(scene, rename, ['app/base', 'app', ''], ['other'])
    },
  },
  {
    name: 'changes the digest of a folder when two files in it swap their contents',
    async run(scene) {
      const swap = { 'app/a.json': 'd', 'app/d.json': 'a' }
      await assertChange(scene, swap, ['app/a.json', 'app/d.json', 'app', ''], ['app/base', 'other'])
    },
  },
  {
    name: 'changes the digest of a folder when a file moves into a folder below',
    async run(scene) {
      const move = { 'app/a.json': null, 'app/base/a.json': 'a' }
      await assertChange(scene, move, ['app/base', 'app', ''], ['app/d.json', 'app/base/b.json', 'other'])
    },
  },
  {
    name: 'changes digests when a file becomes executable',
    async run(scene) {
      const executable = { 'app/a.json': { content: 'a', executable: true } }
      await assertChange(scene, executable, ['app/a.json', 'app', ''], ['app/base', 'other'])
    },
  },
  {
    name: 'gives content that comes back the digests it had',
    async run({ snapshotOf, open, commit }) {
      const before = await open(await commit(start))
      await commit({ 'app/a.json': 'changed' })
      const after = await snapshotOf({ 'app/a.json': 'a' })
      assert.deepEqual(await digestsOf(after, everywhere), await digestsOf(before, everywhere))
    },
  },
  {
    name: 'lists each file with the digest that digestOf gives',
    async run({ snapshotOf, never }) {
      const snapshot = await snapshotOf(start)
      const entries = await entriesOf(snapshot, '')
      for (const { path, digest } of entries) assert.equal(digest, await snapshot.digestOf(path, never))
    },
  },
]

const start: FileChanges = {
  'app/a.json': 'a',
  'app/d.json': 'd',
  'app/base/b.json': 'b',
  'other/c.json': 'c',
}
const everywhere = ['', 'app', 'app/base', 'app/a.json', 'app/base/b.json', 'other', 'other/c.json']

function digestsOf(snapshot: Snapshot, paths: readonly string[]): Promise<(string | undefined)[]> {
  const { signal } = new AbortController()
  return Promise.all(paths.map((path) => snapshot.digestOf(path, { signal })))
}

/** Commits the change on top of the start, and compares digests before and after. */
async function assertChange(
  { snapshotOf }: SourceScene,
  change: FileChanges,
  changed: readonly string[],
  kept: readonly string[],
): Promise<void> {
  const before = await snapshotOf(Object.keys(change).includes('app/base/new.json') ? {} : start)
  const beforeChanged = await digestsOf(before, changed)
  const beforeKept = await digestsOf(before, kept)
  const after = await snapshotOf(change)
  const afterChanged = await digestsOf(after, changed)
  for (const [at, path] of changed.entries()) {
    assert.notEqual(afterChanged[at], beforeChanged[at], `Expected another digest of ${path || 'the root'}`)
  }
  assert.deepEqual(await digestsOf(after, kept), beforeKept, `Expected the digests of ${kept.join()} to stay`)
}
