import assert from 'node:assert/strict'
import { rejection, rejectsWithCode } from '../expectations.ts'
import type { FileChanges } from '../memory-source/file-tree.ts'
import { entriesOf, type SourceFact, textOf } from './source-scene.ts'

/** What snapshots hold. */
export const contentFacts: readonly SourceFact[] = [
  {
    name: 'lists every file and no folder, below the root and below a folder',
    async run({ snapshotOf }) {
      const snapshot = await snapshotOf(files)
      const pathsBelow = async (path: string) =>
        (await entriesOf(snapshot, path)).map((entry) => entry.path).sort()
      assert.deepEqual(await pathsBelow(''), Object.keys(files).sort())
      assert.deepEqual(await pathsBelow('app'), ['app/a.json', 'app/base/b.json', 'app/run.sh'])
    },
  },
  {
    name: 'lists in the same order every time',
    async run({ commit, open }) {
      const revision = await commit(files)
      const [one, other] = [await open(revision), await open(revision)]
      const order = await entriesOf(one, '')
      assert.deepEqual(await entriesOf(one, ''), order)
      assert.deepEqual(await entriesOf(other, ''), order)
    },
  },
  {
    name: 'lists paths relative to the root, and true sizes',
    async run({ snapshotOf, never }) {
      const snapshot = await snapshotOf(files)
      for (const { path, size } of await entriesOf(snapshot, 'app')) {
        assert.ok(
          !path.split('/').some((part) => ['', '.', '..'].includes(part)),
          `Expected a clean path, got ${path}`,
        )
        const { length } = await snapshot.read(path, never)
        assert.ok(size === undefined || size === length, `Expected size ${length} of ${path}, got ${size}`)
      }
    },
  },
  {
    name: 'tells executables from plain files',
    async run({ snapshotOf }) {
      const entries = await entriesOf(await snapshotOf(files), 'app')
      const kindOf = (path: string) => entries.find((entry) => entry.path === path)?.kind
      assert.deepEqual([kindOf('app/run.sh'), kindOf('app/a.json')], ['executable', 'file'])
    },
  },
  {
    name: 'reads every byte as it was committed',
    async run({ snapshotOf, never }) {
      const bytes = Uint8Array.from({ length: 1024 }, (_, at) => at % 256)
      const snapshot = await snapshotOf({ 'all.bin': bytes, 'lines.txt': 'a\r\nb\n', 'empty.txt': '' })
      assert.deepEqual(Uint8Array.from(await snapshot.read('all.bin', never)), bytes)
      assert.equal(await textOf(snapshot, 'lines.txt'), 'a\r\nb\n')
      assert.equal(await textOf(snapshot, 'empty.txt'), '')
    },
  },
  {
    name: 'reads files whose names hold spaces and other scripts',
    async run({ snapshotOf }) {
      const odd: FileChanges = { 'with space/ä 漢字.json': 'odd', 'with space/[x]*.json': 'pattern' }
      const snapshot = await snapshotOf(odd)
      for (const { path } of await entriesOf(snapshot, 'with space'))
        assert.equal(await textOf(snapshot, path), odd[path])
      assert.equal((await entriesOf(snapshot, 'with space')).length, 2)
    },
  },
  {
    name: 'rejects to read what is no file with PATH_NOT_FOUND',
    async run({ snapshotOf, never }) {
      const snapshot = await snapshotOf(files)
      for (const path of ['missing.json', 'app', 'app/a.json/below']) {
        await rejectsWithCode(snapshot.read(path, never), 'PATH_NOT_FOUND', `read of ${path}`)
      }
    },
  },
  {
    name: 'rejects to list what is no folder with PATH_NOT_FOUND',
    async run({ snapshotOf }) {
      const snapshot = await snapshotOf(files)
      for (const path of ['missing', 'app/a.json', 'ap']) {
        await rejectsWithCode(entriesOf(snapshot, path), 'PATH_NOT_FOUND', `list of ${path}`)
      }
    },
  },
  {
    name: 'reads nothing outside the root',
    async run({ snapshotOf, never }) {
      const snapshot = await snapshotOf(files)
      for (const path of ['../outside', '/etc/hostname', 'app/../../outside']) {
        await rejection(snapshot.read(path, never), `read of ${path}`)
      }
    },
  },
  {
    name: 'keeps the content of a snapshot after later commits',
    async run({ snapshotOf, never }) {
      const snapshot = await snapshotOf(files)
      const before = [await snapshot.digestOf('', never), await entriesOf(snapshot, '')]
      await snapshotOf({ 'app/a.json': 'later', 'app/run.sh': null })
      assert.equal(await textOf(snapshot, 'app/a.json'), 'a')
      assert.deepEqual([await snapshot.digestOf('', never), await entriesOf(snapshot, '')], before)
    },
  },
  {
    name: 'opens an older revision with the content it had',
    async run({ commit, open }) {
      const older = await commit(files)
      await commit({ 'app/a.json': 'later' })
      const snapshot = await open(older)
      assert.equal(snapshot.revision.id, older.id)
      assert.equal(await textOf(snapshot, 'app/a.json'), 'a')
    },
  },
  {
    name: 'leaves a snapshot readable when another of the same revision is disposed',
    async run({ commit, open }) {
      const revision = await commit(files)
      const [one, other] = [await open(revision), await open(revision)]
      await one[Symbol.asyncDispose]()
      await one[Symbol.asyncDispose]()
      assert.equal(await textOf(other, 'app/a.json'), 'a')
      assert.equal(await textOf(await open(revision), 'app/a.json'), 'a')
    },
  },
]

const files: FileChanges = {
  'app/a.json': 'a',
  'app/base/b.json': 'b',
  'app/run.sh': { content: '#!/bin/sh\n', executable: true },
  'app-2/c.json': 'c',
  'app.json': 'd',
}
