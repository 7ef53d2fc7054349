import assert from 'node:assert/strict'
import { rejection, rejectsWhenAborted } from '../expectations.ts'
import { covers, pathsOf, type RendererFact } from './renderer-scene.ts'

/** From files to manifests. */
export const renderFacts: readonly RendererFact[] = [
  {
    name: 'renders the folder as plain JSON',
    async run({ render, snapshotWith }) {
      const manifests = (await render(await snapshotWith())).map(({ manifest }) => manifest)
      assert.ok(manifests.length > 0, 'Expected manifests')
      assert.deepEqual(manifests, JSON.parse(JSON.stringify(manifests)))
    },
  },
  {
    name: 'renders equal content equally, in the same order',
    async run({ render, snapshotWith }) {
      const [one, other] = [await snapshotWith(), await snapshotWith()]
      const manifests = await render(one)
      assert.deepEqual(await render(one), manifests)
      assert.deepEqual(await render(other), manifests)
    },
  },
  {
    name: 'renders the snapshot it is given, whatever it rendered before',
    async run({ render, snapshotWith, harness }) {
      const before = await snapshotWith()
      const manifests = await render(before)
      assert.notDeepEqual(await render(await snapshotWith(harness.changed)), manifests)
      assert.deepEqual(await render(before), manifests)
    },
  },
  {
    name: 'reads or names every file that decides what it renders',
    async run({ renderRecorded, snapshotWith, harness }) {
      const { decisive } = await renderRecorded(await snapshotWith())
      for (const file of Object.keys(harness.changed)) {
        assert.ok(covers(decisive, file), `Expected ${file} among what was read or named: ${decisive.join()}`)
      }
    },
  },
  {
    name: 'keeps its digest whatever it renders, and gives equal configurations an equal one',
    async run({ render, snapshotWith, harness: { renderer, again } }) {
      const { digest } = renderer
      assert.ok(digest.length > 0, 'Expected a digest')
      await render(await snapshotWith())
      assert.equal(renderer.digest, digest)
      assert.equal((await again()).digest, digest, 'Expected the same digest from the same configuration')
    },
  },
  {
    name: 'names files of the snapshot as origins, where it names any',
    async run({ render, snapshotWith }) {
      const snapshot = await snapshotWith()
      const paths = await pathsOf(snapshot)
      for (const { origin } of await render(snapshot)) {
        assert.ok(
          origin === undefined || paths.has(origin.file),
          `Expected a file of the snapshot, got ${origin?.file}`,
        )
      }
    },
  },
  {
    name: 'rejects when a file cannot be rendered, and names it',
    async run({ render, snapshotWith, harness: { broken } }) {
      const { kind, message } = await rejection(render(await snapshotWith(broken)), 'render of a broken file')
      assert.equal(kind, 'permanent', 'Expected an error that a commit must mend')
      for (const file of Object.keys(broken))
        assert.ok(message.includes(file), `Expected ${file} in: ${message}`)
    },
  },
  {
    name: 'rejects a folder that is not there, rather than render nothing',
    async run({ render, snapshotWith, harness }) {
      await rejection(render(await snapshotWith(), `${harness.path}-missing`), 'render of a missing folder')
    },
  },
  {
    name: 'renders nothing from a folder without anything to render',
    unless: ({ harness }) =>
      harness.empty === undefined ? 'the harness knows no folder without manifests' : undefined,
    async run({ source, render, harness }) {
      const revision = source.replaceHistory(harness.empty ?? {})
      const snapshot = await source.open(revision, { signal: new AbortController().signal })
      assert.deepEqual(await render(snapshot), [])
    },
  },
  {
    name: 'rejects when the snapshot cannot be read',
    async run({ source, render, snapshotWith }) {
      const snapshot = await snapshotWith()
      for (const method of ['digestOf', 'list', 'read'] as const) {
        source.failNext(method, new Error('cut off by the contract suite'), { times: 1000 })
      }
      await assert.rejects(render(snapshot), 'Expected a render without readable files to reject')
    },
  },
  {
    name: 'leaves the snapshot open',
    async run({ render, snapshotWith }) {
      let disposed = false
      const snapshot = await snapshotWith()
      const dispose = async () => {
        disposed = true
      }
      await render({ ...snapshot, [Symbol.asyncDispose]: dispose })
      assert.ok(!disposed, 'Expected the snapshot to be left to whoever opened it')
    },
  },
  {
    name: 'rejects with the reason of a signal that is aborted already',
    async run({ snapshotWith, harness: { renderer, path, facts } }) {
      const snapshot = await snapshotWith()
      const input = { snapshot, path, ...(facts && { facts }) }
      await rejectsWhenAborted((signal) => renderer.render(input, { signal }), 'render')
    },
  },
]
