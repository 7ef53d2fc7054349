import { type BigIntStats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { createFile } from './create-file.ts'
import { storeBusy, storeDamaged, storeNotRecognised, storeReplaced, storeTooNew } from './failure.ts'
import { applicationId, formatVersion, migrate } from './schema.ts'

/**
 * How SQLite makes a commit atomic: `wal` appends to a log beside the file; `rollback` keeps what was there before in a
 * journal beside it.
 */
export type Journal = 'wal' | 'rollback'

/**
 * `wal` from SQLite 3.51.3 on, which Node has from 22.23 on; `rollback` before: there a log that is reset while two
 * connections write can corrupt the file (sqlite.org/wal.html, "The WAL Reset Bug").
 */
export function journalFor(sqliteVersion: string): Journal {
  const [major = 0, minor = 0, patch = 0] = sqliteVersion.split('.').map(Number)
  return major * 1_000_000 + minor * 1_000 + patch >= 3_051_003 ? 'wal' : 'rollback'
}

/** How to connect. */
export interface Connecting {
  /** The journal that a version of SQLite is to have. */
  readonly journalFor: (sqliteVersion: string) => Journal
  /** Told of each connection, before it is used. */
  readonly onConnect?: (database: DatabaseSync) => void
}

/** An open file in the right format. */
export interface Connection {
  readonly path: string
  readonly database: DatabaseSync
  /** A statement, prepared once. */
  readonly statement: (sql: string) => StatementSync
  /** Throws `STORE_REPLACED` when the path leads to another file by now, or to none. */
  readonly assertSameFile: () => void
  /** Throws when another process has changed the format, or the journal, since. To be asked within a transaction. */
  readonly assertSameFormat: () => void
  /** Gives the connection up: the next call makes another one. */
  readonly lose: () => void
  readonly isLost: () => boolean
}

/** Connects to the store's file. Makes the file where there is none, and brings an older format up to date. */
export async function connect(
  path: string,
  { journalFor: journalOf, onConnect }: Connecting,
): Promise<Connection> {
  const sqlite = await import('node:sqlite')
  // Asked for first: whoever makes the file at this moment makes the log after it.
  const log = logLeftBeside(path)
  if (lookAt(path) === undefined) {
    // SQLite would apply what is left of another file's commits to a new one.
    if (log !== undefined) throw storeDamaged(path, `it is missing, and its log ${log} is there`)
    await createFile(path, sqlite.DatabaseSync)
  }
  const before = lookAt(path)
  // SQLite takes an empty file for a new one, and what a disk or a person emptied must not read as "nothing".
  if (before?.size === 0n) throw storeDamaged(path, 'the file is empty')
  const database = new sqlite.DatabaseSync(existingOnly(path))
  try {
    const journal = journalOf(versionOf(database))
    settle(database, path, journal)
    const after = lookAt(path)
    if (before === undefined || after === undefined || !isSame(before, after)) throw storeReplaced(path)
    onConnect?.(database)
    return connectionOver(database, path, after, journal)
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

const logLeftBeside = (path: string): string | undefined =>
  [`${path}-wal`, `${path}-journal`].find((log) => lookAt(log) !== undefined)

/** Never creates: a file that vanished since is an error, not a new store. */
function existingOnly(path: string): URL {
  const url = pathToFileURL(resolve(path))
  url.searchParams.set('mode', 'rw')
  return url
}

function settle(database: DatabaseSync, path: string, journal: Journal): void {
  // What SQLite waits by itself, the event loop waits with it.
  database.exec(`PRAGMA busy_timeout = ${busyMs}`)
  const found = numberOf(database, 'PRAGMA application_id')
  if (found !== applicationId) throw storeNotRecognised(path)
  if (numberOf(database, 'PRAGMA user_version') > formatVersion) throw storeTooNew(path)
  database.exec('PRAGMA cell_size_check = ON')
  database.exec('PRAGMA trusted_schema = OFF')
  database.exec('PRAGMA temp_store = MEMORY')
  database.exec(`PRAGMA journal_size_limit = ${longestLogBytes}`)
  database.exec(`PRAGMA journal_mode = ${journal === 'wal' ? 'WAL' : 'DELETE'}`)
  // Each commit is on the disk when it is answered. A deleted journal is so only when its folder is synced as well.
  database.exec(`PRAGMA synchronous = ${journal === 'wal' ? 'FULL' : 'EXTRA'}`)
  migrate(database)
}

const busyMs = 20
const longestLogBytes = 8 * 1024 * 1024

function connectionOver(
  database: DatabaseSync,
  path: string,
  file: BigIntStats,
  journal: Journal,
): Connection {
  const statements = new Map<string, StatementSync>()
  let isLost = false
  const lose = () => {
    isLost = true
  }
  const statement = (sql: string) => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const prepared = database.prepare(sql)
    statements.set(sql, prepared)
    return prepared
  }
  return {
    path,
    database,
    statement,
    lose,
    isLost: () => isLost,
    assertSameFile() {
      const found = lookAt(path)
      if (found !== undefined && isSame(found, file)) return
      lose()
      throw storeReplaced(path)
    },
    assertSameFormat() {
      if (Number(statement('PRAGMA user_version').get()?.user_version) > formatVersion)
        throw storeTooNew(path)
      // A process with a newer SQLite may have switched to the log, which this one must not write.
      if (journal === 'wal' || statement('PRAGMA journal_mode').get()?.journal_mode !== 'wal') return
      lose()
      throw storeBusy(path, 0, undefined)
    },
  }
}

const lookAt = (path: string): BigIntStats | undefined =>
  // By name only: closing a descriptor of the file would drop the locks that SQLite holds on it in this process.
  statSync(path, { bigint: true, throwIfNoEntry: false })

const isSame = (one: BigIntStats, other: BigIntStats): boolean =>
  one.ino === other.ino && one.dev === other.dev

const versionOf = (database: DatabaseSync): string =>
  String(database.prepare('SELECT sqlite_version() AS version').get()?.version)

const numberOf = (database: DatabaseSync, sql: string): number =>
  Number(Object.values(database.prepare(sql).get() ?? {})[0])
