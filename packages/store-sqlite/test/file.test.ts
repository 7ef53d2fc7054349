import { readdir, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { createEngine, defineApplication, type Store } from '@mooring/core'
import { memorySource, memoryTarget, simulatedClock } from '@mooring/core/testing'
import { expect, test, vi } from 'vitest'
import { journalFor } from '../src/connection.ts'
import { formatVersion, migrate } from '../src/schema.ts'
import { copyStore } from './harness.ts'
import { entry, failureOf, historyEntry, look, never, nothing, scene } from './scene.ts'

// Other processes take part: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 })

test.each([
  ['3.50.4', 'rollback'],
  ['3.51.2', 'rollback'],
  ['3.51.3', 'wal'],
  ['3.53.0', 'wal'],
  ['4.0.0', 'wal'],
])('SQLite %s is given the %s journal', (version, journal) => {
  expect(journalFor(version)).toBe(journal)
})

test('makes files that only their owner can read', async () => {
  await using place = await scene()
  await place.commit({ set: [entry('a')] })
  const files = await readdir(place.folder)
  expect(files).toEqual(['mooring.db', 'mooring.db-shm', 'mooring.db-wal'])
  for (const file of files) expect((await stat(`${place.folder}/${file}`)).mode & 0o777).toBe(0o600)
})

test('is a single file once it is disposed', async () => {
  await using place = await scene()
  await place.commit({ set: [entry('a')] })
  await place.store[Symbol.asyncDispose]()
  expect(await readdir(place.folder)).toEqual(['mooring.db'])
})

test('does nothing before the first call', async () => {
  await using place = await scene()
  expect(await readdir(place.folder)).toEqual([])
})

test('is made once, however many stores make it at the same time', async () => {
  await using place = await scene()
  const stores = Array.from({ length: 8 }, () => place.another())
  const opened = await Promise.all(stores.map((store) => store.open(never)))
  expect(new Set(opened.map(({ id }) => id)).size).toBe(1)
  expect(opened.map(({ epoch }) => epoch).toSorted((one, other) => one - other)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8,
  ])
  expect((await readdir(place.folder)).filter((name) => name.includes('.new-'))).toEqual([])
})

test('takes the file back from a newer SQLite, and waits while that has it open', async () => {
  await using place = await scene({ waitMs: 50 }, { journalFor: () => 'rollback' })
  await place.commit({ set: [entry('a')] })
  const newer = new DatabaseSync(place.path)
  newer.exec('PRAGMA journal_mode = WAL')
  newer.prepare('SELECT count(*) FROM entry').get()
  expect(await failureOf(place.commit({ set: [entry('b')] }))).toMatchObject({ code: 'STORE_BUSY' })
  newer.close()
  await place.commit({ set: [entry('b')] })
  expect(look(place.path, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'delete' }])
})

test('gives the last commit but one when the log is torn, wherever that is', async () => {
  await using place = await scene()
  const states: unknown[] = []
  for (const digest of ['one', 'two', 'three']) {
    await place.commit({
      set: [entry('a', digest), entry('b', digest)],
      history: [historyEntry(states.length)],
    })
    states.push((await place.store.load('app', never))?.value.inventory)
  }
  const { size } = await stat(`${place.path}-wal`)
  const found = new Set<number>()
  for (let cut = 1; cut <= 40; cut++) {
    const copy = `${place.folder}/torn-${cut}.db`
    await copyStore(place.path, copy)
    await tear(`${copy}-wal`, Math.floor((size * cut) / 40) - 1, cut % 2 === 0)
    found.add(
      states.findIndex((state) => JSON.stringify([...(state as Map<string, unknown>)]) === kept(copy)),
    )
  }
  // -1: before the first commit.
  expect([...found].toSorted((one, other) => one - other)).toEqual([-1, 0, 1])
})

async function tear(path: string, at: number, isCutOff: boolean): Promise<void> {
  const { open, truncate } = await import('node:fs/promises')
  if (isCutOff) return truncate(path, at)
  const handle = await open(path, 'r+')
  await handle.write(Buffer.from([0xa5, 0x5a, 0xa5]), 0, 3, Math.max(0, at - 3))
  await handle.close()
}

/** The inventory as its rows hold it; an error is as good as nothing here. */
function kept(path: string): string {
  const rows = look(path, 'SELECT key, value FROM entry ORDER BY key')
  return JSON.stringify(rows.map(({ key, value }) => [key, { key, ...JSON.parse(String(value)) }]))
}

test('keeps the newest entries of each application, as many as it is told', async () => {
  await using place = await scene({ historyEntries: 5 })
  await place.commit({ history: [1, 2, 3].map(historyEntry) })
  await place.commit({ history: [4, 5, 6, 7].map(historyEntry) })
  const kept = await place.store.history('app', { ...never, limit: 100 })
  expect(kept.map(({ at }) => at)).toEqual([7, 6, 5, 4, 3])
  expect(look(place.path, 'SELECT count(*) AS rows FROM history')).toEqual([{ rows: 5 }])
})

test('keeps more entries in one commit than it may only as far as they are the newest', async () => {
  await using place = await scene({ historyEntries: 2 })
  await place.commit({ history: [1, 2, 3, 4].map(historyEntry) })
  expect((await place.store.history('app', { ...never, limit: 100 })).map(({ at }) => at)).toEqual([4, 3])
})

test('keeps entries of as many days before the newest as it is told', async () => {
  await using place = await scene({ historyDays: 2 })
  const day = 86_400_000
  await place.commit({ history: [0, day, 2 * day].map(historyEntry) })
  await place.commit({ history: [historyEntry(3 * day)] })
  expect((await place.store.history('app', { ...never, limit: 100 })).map(({ at }) => at)).toEqual([
    3 * day,
    2 * day,
    day,
  ])
})

test('has no gap in the history of a clock that was set back', async () => {
  await using place = await scene({ historyDays: 1 })
  const day = 86_400_000
  await place.commit({ history: [10 * day, 9.5 * day, 3 * day, 10.2 * day].map(historyEntry) })
  const kept = await place.store.history('app', { ...never, limit: 100 })
  expect(kept.map(({ at }) => at / day)).toEqual([10.2, 3, 9.5, 10])
})

test('writes as many rows as a commit changes, however large the inventory is', async () => {
  const databases: DatabaseSync[] = []
  const onConnect = (database: DatabaseSync) => databases.push(database)
  await using place = await scene({}, { journalFor: () => 'wal', onConnect })
  await place.commit({ set: Array.from({ length: 5_000 }, (_, at) => entry(`key ${at}`)) })
  const changes = () => Number(databases[0]?.prepare('SELECT total_changes() AS rows').get()?.rows)
  const before = changes()
  await place.commit({ set: [entry('key 7', 'other')], history: [historyEntry(1)] })
  // The entry, the history entry, the application and the installation.
  expect(changes() - before).toBe(4)
})

test('brings an older format up to date, all steps or none', async () => {
  await using place = await scene()
  await place.commit({ set: [entry('a')] })
  await place.store[Symbol.asyncDispose]()
  const released = Array.from({ length: formatVersion }, () => 'CREATE TABLE never_run (a)')
  const database = new DatabaseSync(place.path)
  const halfWrong = [...released, 'CREATE TABLE later (what TEXT)', 'CREATE TABLE later (what TEXT)']
  expect(() => migrate(database, halfWrong)).toThrow('already exists')
  expect(tablesIn(database)).not.toContain('later')
  migrate(database, halfWrong.slice(0, -1))
  expect(tablesIn(database)).toContain('later')
  expect(tablesIn(database)).not.toContain('never_run')
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: formatVersion + 1 })
  database.close()
})

const tablesIn = (database: DatabaseSync) =>
  database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => name)

test('is not touched by passes that change nothing, between two renewals of the lease', async () => {
  await using place = await scene()
  const clock = simulatedClock()
  const engine = engineOver(place.store, clock)
  let passes = 0
  engine.on('pass.finished', () => passes++)
  await engine.start()
  await settled(async () => {
    await clock.advance(10)
    return (
      (await engine.status('app')).sync === 'synced' && (await engine.status('app')).operation === undefined
    )
  })
  const traces = async () =>
    Promise.all(
      ['', '-wal'].map(async (suffix) => (await stat(place.path + suffix, { bigint: true })).mtimeNs),
    )
  const before = { passes, traces: await traces() }
  await settled(async () => {
    await clock.advance(1_000)
    return passes >= before.passes + 10
  })
  expect(await traces()).toEqual(before.traces)
  await engine.stop()
})

function engineOver(store: Store, clock: ReturnType<typeof simulatedClock>) {
  const engine = createEngine({ store, clock, lease: { ttlMs: 3_600_000 } })
  const source = memorySource({ files: { 'a.json': '{"id":"a"}' } })
  engine.add(
    defineApplication({
      name: 'app',
      source,
      path: '',
      renderer: {
        name: 'one',
        digest: 'one',
        render: async ({ snapshot }, options) => {
          await snapshot.read('a.json', options)
          return { manifests: [{ manifest: { id: 'a' } }] }
        },
      },
      target: memoryTarget(),
      sync: { intervalMs: 1_000 },
    }),
  )
  return engine
}

/** Lets real time pass for what the disk answers. */
async function settled(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

test('keeps names with characters that SQLite ends a text at', async () => {
  await using place = await scene()
  const keys = ['a\0b', 'a\0c', 'a', '\ud800', '\ud801', '\\u0000']
  await place.commit({ set: keys.map((key) => entry(key)) })
  expect([...((await place.store.load('app', never))?.value.inventory.keys() ?? [])].sort()).toEqual(
    keys.sort(),
  )
  const { epoch } = await place.store.open(never)
  await place.store.commit('one\0two', nothing, { ...never, expected: undefined, epoch })
  expect(await place.store.list(never)).toEqual(['app', 'one\0two'])
})
