import assert from 'node:assert/strict'
import { rejectsWithCode } from '../expectations.ts'
import type { SourceFact } from './source-scene.ts'

/** Which revision is current. */
export const resolveFacts: readonly SourceFact[] = [
  {
    name: 'resolves the first time to what is current',
    async run({ commit, resolve }) {
      await commit({ 'app/a.json': '1' })
      const { kind, revision } = await resolve()
      assert.equal(kind, 'forward')
      assert.ok(revision.id.length > 0, 'Expected a revision with an id')
    },
  },
  {
    name: 'resolves to the same while nothing is committed',
    async run({ commit, resolve }) {
      const since = await commit({ 'app/a.json': '1' })
      const { kind, revision } = await resolve(since)
      assert.deepEqual([kind, revision.id], ['same', since.id])
    },
  },
  {
    name: 'resolves forward to a commit that follows',
    async run({ commit, resolve }) {
      const since = await commit({ 'app/a.json': '1' })
      const next = await commit({ 'app/a.json': '2' })
      const { kind, revision } = await resolve(since)
      assert.deepEqual([kind, revision.id], ['forward', next.id])
      assert.notEqual(next.id, since.id, 'Expected another id for another content')
    },
  },
  {
    name: 'gives another revision id after a rename, and after a change of the executable bit',
    async run({ commit }) {
      const before = await commit({ 'app/a.json': '1', 'app/b.json': '2' })
      const renamed = await commit({ 'app/a.json': null, 'app/c.json': '1' })
      const executable = await commit({ 'app/c.json': { content: '1', executable: true } })
      const ids = [before, renamed, executable].map(({ id }) => id)
      assert.equal(new Set(ids).size, 3, `Expected three ids, got ${ids.join()}`)
    },
  },
  {
    name: 'resolves forward over several commits',
    async run({ commit, resolve }) {
      const since = await commit({ 'app/a.json': '1' })
      await commit({ 'app/a.json': '2' })
      const last = await commit({ 'app/a.json': '3' })
      const { kind, revision } = await resolve(since)
      assert.deepEqual([kind, revision.id], ['forward', last.id])
    },
  },
  {
    name: 'resolves as diverged when history was rewritten',
    unless: ({ harness }) =>
      harness.rewrite === undefined ? 'the harness cannot rewrite history' : undefined,
    async run({ harness, commit, resolve, open, never }) {
      const since = await commit({ 'app/a.json': '1' })
      await harness.rewrite?.({ 'app/a.json': 'rewritten' })
      const { kind, revision } = await resolve(since)
      assert.equal(kind, 'diverged')
      assert.equal(
        new TextDecoder().decode(await (await open(revision)).read('app/a.json', never)),
        'rewritten',
      )
    },
  },
  {
    name: 'finds a recorded revision again, also after later commits',
    async run({ source, commit, never }) {
      const recorded = await commit({ 'app/a.json': '1' })
      assert.equal((await source.find(recorded.id, never)).id, recorded.id)
      await commit({ 'app/a.json': '2' })
      assert.equal((await source.find(recorded.id, never)).id, recorded.id)
    },
  },
  {
    name: 'rejects to find what it does not have with REVISION_GONE',
    async run({ source, commit, never }) {
      const { id } = await commit({ 'app/a.json': '1' })
      await rejectsWithCode(source.find(unlike(id), never), 'REVISION_GONE', 'find of an unknown revision')
    },
  },
  {
    name: 'rejects to open what it does not have with REVISION_GONE',
    async run({ source, commit, never }) {
      const { id } = await commit({ 'app/a.json': '1' })
      await rejectsWithCode(
        source.open({ id: unlike(id) }, never),
        'REVISION_GONE',
        'open of an unknown revision',
      )
    },
  },
  {
    name: 'opens what find gives',
    async run({ source, commit, open, never }) {
      const { id } = await commit({ 'app/a.json': '1' })
      await commit({ 'app/a.json': '2' })
      const snapshot = await open(await source.find(id, never))
      assert.equal(snapshot.revision.id, id)
      assert.equal(new TextDecoder().decode(await snapshot.read('app/a.json', never)), '1')
    },
  },
  {
    name: 'is disposed as often as asked',
    async run({ source }) {
      await source[Symbol.asyncDispose]()
      await source[Symbol.asyncDispose]()
    },
  },
]

/** An id of the same form that nothing has. */
function unlike(id: string): string {
  return id.replace(/[0-9a-f]/g, (digit) => ((Number.parseInt(digit, 16) + 7) % 16).toString(16))
}
