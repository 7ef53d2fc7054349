import type { DatabaseSync } from 'node:sqlite'

/** "Moor", in the file's header: tells our files from those of other programs. */
export const applicationId = 0x4d6f6f72

/** One step from a format to the next, as SQL. */
type Migration = string

/**
 * All there were, in order. A format's version is how many of them it has seen; what was released is never edited.
 *
 * Each row carries a checksum of its content, and what holds rows together carries count and checksum of those, so that
 * damage which SQLite does not see is an error as well: a byte that flipped, a page that is of yesterday.
 */
const migrations: readonly Migration[] = [
  `
  -- One row. Who opens the store next raises the epoch; each commit raises the count, which gives versions.
  CREATE TABLE installation (
    row INTEGER PRIMARY KEY CHECK (row = 1),
    id TEXT,
    digest_key BLOB,
    epoch INTEGER NOT NULL,
    commits INTEGER NOT NULL,
    applications INTEGER NOT NULL,
    applications_checksum INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;

  -- The small part of an application's state. Its history has the numbers from first to before next.
  CREATE TABLE application (
    name TEXT PRIMARY KEY,
    id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    head TEXT NOT NULL,
    entries INTEGER NOT NULL,
    entries_checksum INTEGER NOT NULL,
    history_first INTEGER NOT NULL,
    history_next INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- One row for each inventory entry: a commit costs what it changes.
  CREATE TABLE entry (
    application INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (application, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE history (
    application INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at REAL NOT NULL,
    value TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (application, number)
  ) STRICT, WITHOUT ROWID;

  INSERT INTO installation (row, epoch, commits, applications, applications_checksum, checksum)
  VALUES (1, 0, 0, 0, 0, 0);
  `,
  `
  -- Who has the store, if somebody does: one row or none. A renewal writes this row and nothing else.
  CREATE TABLE lease (
    row INTEGER PRIMARY KEY CHECK (row = 1),
    holder TEXT NOT NULL,
    ttl_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    renewals INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  `,
]

/** The format this version of Mooring writes. A file with a higher one is of a later Mooring. */
export const formatVersion: number = migrations.length

/** Brings a file up to the newest format, all steps or none. */
export function migrate(database: DatabaseSync, steps: readonly Migration[] = migrations): void {
  if (versionOf(database) >= steps.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Asked again: another process may have done it while this one waited for its turn.
    for (const step of steps.slice(versionOf(database))) database.exec(step)
    database.exec(`PRAGMA user_version = ${steps.length}`)
    database.exec('COMMIT')
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw thrown
  }
}

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()?.user_version)
