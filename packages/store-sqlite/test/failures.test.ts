import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, type TestContext, test, vi } from 'vitest'
import { sqliteStore } from '../src/index.ts'
import { copyStore } from './harness.ts'
import { entry, failureOf, historyEntry, look, never, nothing, scene } from './scene.ts'

// Other processes take part: on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 })

const run = promisify(execFile)

test('does not make the folder of a store: a volume may be missing there', async () => {
  await using place = await scene()
  const store = sqliteStore(join(place.folder, 'not-mounted/mooring.db'))
  const failure = await failureOf(store.open(never))
  expect(failure).toMatchObject({ code: 'STORE_FOLDER_MISSING', kind: 'permanent' })
  expect(failure.message).toContain(join(place.folder, 'not-mounted/mooring.db'))
  expect(await readdir(place.folder)).toEqual([])
})

test('leaves a file alone that is no database', async () => {
  await using place = await scene()
  await writeFile(place.path, 'Dear diary\n'.repeat(1000))
  expect(await failureOf(place.store.open(never))).toMatchObject({ code: 'STORE_DAMAGED', kind: 'permanent' })
  expect(await readFile(place.path, 'utf8')).toBe('Dear diary\n'.repeat(1000))
})

test('leaves a database of another program alone', async () => {
  await using place = await scene()
  const other = new DatabaseSync(place.path)
  other.exec('CREATE TABLE diary (day TEXT)')
  other.close()
  const before = await readFile(place.path)
  expect(await failureOf(place.store.open(never))).toMatchObject({
    code: 'STORE_NOT_RECOGNISED',
    kind: 'permanent',
  })
  expect(await readFile(place.path)).toEqual(before)
})

test('names the damaged file and says how to recover', async () => {
  await using place = await scene()
  await place.commit({ set: [entry('a'), entry('b')] })
  const database = new DatabaseSync(place.path)
  database.exec(`UPDATE entry SET value = replace(value, 'digest', 'DIGEST') WHERE key = 'a'`)
  database.close()
  const failure = await failureOf(place.store.load('app', never))
  expect(failure).toMatchObject({ code: 'STORE_DAMAGED', kind: 'permanent' })
  expect(failure.message).toContain(place.path)
  expect(failure.message).not.toContain('DIGEST')
  expect(failure.hint).toContain('backup')
})

test.each([
  ['an entry', `DELETE FROM entry WHERE key = 'b'`],
  [
    'an entry too many',
    `INSERT INTO entry SELECT application, 'c', value, checksum FROM entry WHERE key = 'b'`,
  ],
  ['the head', `UPDATE application SET head = '{"deletions":[]} '`],
  ['the application', 'DELETE FROM application'],
  ['the installation', 'DELETE FROM installation'],
  ['the digest key', 'UPDATE installation SET digest_key = zeroblob(32)'],
  ['the name of the application', `UPDATE application SET name = 'App'`],
  ['the name, so that it is none', `UPDATE application SET name = '"'`],
  ['the oldest history', 'DELETE FROM history WHERE number = 1'],
  ['the newest history', 'DELETE FROM history WHERE number = 3'],
  [
    'an entry, for an earlier one',
    'UPDATE entry SET (value, checksum) = (SELECT value, checksum FROM earlier) WHERE key = (SELECT key FROM earlier)',
  ],
  ['everything', 'DELETE FROM application; DELETE FROM entry; DELETE FROM history'],
])('notices when the file has lost or changed %s', async (_what, sql) => {
  await using place = await scene()
  await place.commit({ set: [entry('a'), entry('b')], history: [1, 2, 3].map(historyEntry) })
  const database = new DatabaseSync(place.path)
  database.exec(`CREATE TEMP TABLE earlier AS SELECT * FROM entry WHERE key = 'b'`)
  await place.commit({ set: [entry('b', 'later')] })
  database.exec(sql)
  database.close()
  const reading = async () => {
    await place.store.open(never)
    await place.store.load('app', never)
    await place.store.history('app', { ...never, limit: 100 })
  }
  expect(await failureOf(reading())).toMatchObject({ code: 'STORE_DAMAGED' })
})

test('notices when the file was moved, starts nothing beside the log that was left, and goes on without', async () => {
  await using place = await scene()
  await place.commit({ set: [entry('a')] })
  await rename(place.path, `${place.path}.moved`)
  expect(await failureOf(place.commit({ set: [entry('b')] }))).toMatchObject({ code: 'STORE_REPLACED' })
  expect(await failureOf(place.store.open(never))).toMatchObject({
    code: 'STORE_DAMAGED',
    message: expect.stringContaining('mooring.db-wal'),
  })
  for (const suffix of ['-wal', '-shm']) await rename(place.path + suffix, `${place.path}.moved${suffix}`)
  const { epoch } = await place.store.open(never)
  expect(await place.store.load('app', never)).toBeUndefined()
  await place.store.commit('app', nothing, { ...never, expected: undefined, epoch })
  expect(look(`${place.path}.moved`, 'SELECT key FROM entry')).toEqual([{ key: 'a' }])
})

test('notices when another file was put in its place, and writes to neither', async () => {
  await using place = await scene()
  await place.commit({ set: [entry('a')] })
  await place.store[Symbol.asyncDispose]()
  await copyStore(place.path, `${place.path}.backup`)
  const again = place.another()
  const { epoch } = await again.open(never)
  await rename(`${place.path}.backup`, place.path)
  const late = again.commit('app', nothing, { ...never, expected: '1', epoch })
  expect(await failureOf(late)).toMatchObject({ code: 'STORE_REPLACED' })
  expect(look(place.path, 'SELECT commits FROM installation')).toEqual([{ commits: 1 }])
})

test('says that it was disposed', async () => {
  await using place = await scene()
  await place.commit({})
  await place.store[Symbol.asyncDispose]()
  expect(await failureOf(place.store.load('app', never))).toMatchObject({ code: 'STORE_DISPOSED' })
  expect(await readdir(place.folder)).toEqual(['mooring.db'])
})

test('says that the lock was held for all the time there was, and has changed nothing', async () => {
  await using place = await scene({ waitMs: 100 })
  await place.commit({ set: [entry('a')] })
  const other = new DatabaseSync(place.path)
  other.exec('BEGIN IMMEDIATE')
  const failure = await failureOf(place.commit({ set: [entry('b')] }))
  other.exec('ROLLBACK')
  other.close()
  expect(failure).toMatchObject({ code: 'STORE_BUSY', kind: 'transient' })
  expect(failure.message).toContain(place.path)
  expect((await place.store.load('app', never))?.value.inventory.size).toBe(1)
})

test('gives up a file that is brought to a later format while it is open', async () => {
  await using place = await scene()
  await place.commit({})
  look(place.path, 'PRAGMA user_version = 99')
  expect(await failureOf(place.commit({}))).toMatchObject({ code: 'STORE_TOO_NEW' })
  expect(await failureOf(place.store.load('app', never))).toMatchObject({ code: 'STORE_TOO_NEW' })
})

/** Runs as a user whom permissions bind: root becomes nobody for as long. */
async function asNobody<Value>(work: () => Promise<Value>): Promise<Value> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

test('says that a folder cannot be written by this user', async () => {
  await using place = await scene()
  const locked = join(place.folder, 'locked')
  await mkdir(locked)
  await chmod(place.folder, 0o755)
  await chmod(locked, 0o555)
  const store = sqliteStore(join(locked, 'mooring.db'))
  const failure = await asNobody(() => failureOf(store.open(never)))
  expect(failure).toMatchObject({ code: 'STORE_NOT_WRITABLE', kind: 'permanent' })
  expect(failure.message).toContain(join(locked, 'mooring.db'))
})

test('says that a file cannot be written by this user', async () => {
  await using place = await scene()
  await place.commit({})
  await place.store[Symbol.asyncDispose]()
  await chmod(place.folder, 0o755)
  await chmod(place.path, 0o444)
  const failure = await asNobody(() => failureOf(sqliteStore(place.path).open(never)))
  expect(failure).toMatchObject({ code: 'STORE_NOT_WRITABLE', kind: 'permanent' })
})

test.each([
  ['path', () => sqliteStore('')],
  ['waitMs', () => sqliteStore('a.db', { waitMs: Number.NaN })],
  ['historyEntries', () => sqliteStore('a.db', { historyEntries: 0 })],
  ['historyDays', () => sqliteStore('a.db', { historyDays: -1 })],
])('refuses an option that cannot be used: %s', async (name, make) => {
  const failure = await failureOf((async () => make())())
  expect(failure).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(name) })
})

test('keeps what it has on a disk that is really full, and goes on when there is room', async (context) => {
  const report = await onSmallDisk(context)
  expect(report.failures).toEqual(['STORE_FULL'])
  expect(report.new).toBe('STORE_FULL')
  expect(report.reopened).toEqual(report.kept)
  expect(report.after).toBe('committed')
})

/** What on-small-disk.ts reports from a file system of 512 KiB. Skips the test, visibly, where there are no namespaces. */
async function onSmallDisk({ skip }: TestContext): Promise<Record<string, unknown>> {
  await using place = await scene()
  const mount = 'mount -t tmpfs -o size=512k tmpfs "$1"'
  const inNamespace = (command: string, ...args: string[]) =>
    run('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', command, 'sh', place.folder, ...args])
  await inNamespace(mount).catch(({ message }: Error) =>
    skip(`no user namespaces to mount a small disk in: ${message}`),
  )
  const script = fileURLToPath(new URL('on-small-disk.ts', import.meta.url))
  const command = `${mount} && exec "$2" --no-warnings --conditions=@mooring/source "$3" "$1"`
  const { stdout } = await inNamespace(command, process.execPath, script)
  await rm(place.path, { force: true })
  return JSON.parse(stdout)
}
