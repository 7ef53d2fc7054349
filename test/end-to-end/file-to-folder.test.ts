import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directory, files } from '@mooring/adapter-filesystem'
import {
  createEngine,
  defineApplication,
  type EngineEvent,
  memoryStore,
  type SyncPolicy,
  type SyncResult,
} from '@mooring/core'
import { memorySource } from '@mooring/core/testing'
import { expect, onTestFinished, test } from 'vitest'

type Files = Readonly<Record<string, string>>

const others: Files = { 'app/one': '1', 'app/two': '2', 'app/three': '3' }

/** A directory that is as these files say, and what the next commit does to it. */
async function begun(first: Files, sync: Partial<SyncPolicy> = {}) {
  const live = await mkdtemp(join(tmpdir(), 'mooring-live-'))
  const source = memorySource({ files: { ...others, ...first } })
  const engine = createEngine({ store: memoryStore(), installation: 'test' })
  engine.add(
    defineApplication({
      name: 'shop',
      source,
      path: 'app',
      renderer: files(),
      target: directory(live),
      sync: { automated: false, prune: true, ...sync },
    }),
  )
  const told: EngineEvent[] = []
  engine.on('change.applied', (event) => void told.push({ type: 'change.applied', ...event }))
  onTestFinished(async () => {
    await engine.stop()
    await rm(live, { recursive: true, force: true })
  })
  await engine.start()
  await engine.sync('shop', { actor: 'ada' })
  told.length = 0
  const commit = async (changes: Readonly<Record<string, string | null>>): Promise<SyncResult> => {
    source.commit(changes)
    return engine.sync('shop', { actor: 'ada' })
  }
  const list = async (): Promise<readonly string[]> => {
    const found = await readdir(live, { recursive: true })
    return found.filter((name) => !name.startsWith('.') && !(`app/${name}` in others)).toSorted()
  }
  const writes = (): readonly string[] =>
    told.flatMap((event) =>
      event.type === 'change.applied' ? [`${event.change.action} ${event.change.key}`] : [],
    )
  return { live, engine, commit, list, writes }
}

test('one commit turns a file into a folder', async () => {
  const { commit, list, writes } = await begun({ 'app/a': 'file' })
  expect(await commit({ 'app/a': null, 'app/a/b/c': 'deep' })).toMatchObject({ outcome: 'synced' })
  expect(writes()).toEqual(['delete a', 'create a/b/c'])
  expect(await list()).toEqual(['a', 'a/b', 'a/b/c'])
})

test('one commit turns a folder into a file', async () => {
  const { commit, list, writes } = await begun({ 'app/a/b': '1', 'app/a/c/d': '2' })
  const result = await commit({ 'app/a/b': null, 'app/a/c/d': null, 'app/a': 'file' })
  expect(result).toMatchObject({ outcome: 'synced', counts: { created: 1, deleted: 2 } })
  expect(writes().at(-1)).toBe('create a')
  expect(await list()).toEqual(['a'])
})

test('the plan shows what goes first', async () => {
  const { commit, engine } = await begun(
    { 'app/a': 'file' },
    { pruneBudget: { max: 0, shareOfFew: 1, shareOfMany: 1 } },
  )
  expect(await commit({ 'app/a': null, 'app/a/b': 'deep' })).toMatchObject({ outcome: 'held' })
  const { changes } = await engine.plan('shop')
  expect(changes.map(({ stage, action, key }) => [stage, action, key])).toEqual([
    [0, 'delete', 'a'],
    [1, 'create', 'a/b'],
  ])
})

test('a delete that is held keeps what it would make room for waiting', async () => {
  const { commit, list, writes } = await begun({ 'app/a': 'file' }, { protect: ['a'] })
  const result = await commit({ 'app/a': null, 'app/a/b': 'deep' })
  expect(result).toMatchObject({ outcome: 'held', reasons: [expect.stringContaining('PROTECTED_RESOURCE')] })
  expect(writes()).toEqual([])
  expect(await list()).toEqual(['a'])
})

test('where nothing is pruned, nothing goes out of the way', async () => {
  const { commit, list } = await begun({ 'app/a': 'file' }, { prune: false })
  const result = await commit({ 'app/a': null, 'app/a/b': 'deep' })
  expect(result).toMatchObject({ outcome: 'failed', reasons: [expect.stringContaining('PATH_OCCUPIED')] })
  expect(await list()).toEqual(['a'])
})

test('a folder that holds a file of somebody else stays, with that file', async () => {
  const { live, commit, list } = await begun({ 'app/a/b': '1' })
  await writeFile(join(live, 'a', 'mine'), 'precious')
  const result = await commit({ 'app/a/b': null, 'app/a': 'file' })
  expect(result).toMatchObject({ outcome: 'held', reasons: [expect.stringContaining('NOT_OWNED')] })
  expect(await list()).toEqual(['a', 'a/mine'])
})
