import { type Clock, MooringError, type Store, systemClock } from '@mooring/core'
import { type Access, accessTo } from './access.ts'
import { listApplications } from './application-row.ts'
import { commitDelta } from './commit-delta.ts'
import { type Connecting, journalFor } from './connection.ts'
import { type Retention, readHistory } from './history-rows.ts'
import { asInstallation, openForWriting, readInstallation } from './installation.ts'
import { asLease, readLease, releaseLease, renewLease, takeLease } from './lease.ts'
import { loadState } from './load-state.ts'
import { removeApplication } from './remove-application.ts'

/** What can be told to a {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /** How many history entries are kept of each application. Default 1000; the next entry deletes what is older. */
  readonly historyEntries?: number
  /**
   * How many days before its newest entry an application's history reaches back. Default: as far as `historyEntries`
   * allows.
   */
  readonly historyDays?: number
  /**
   * How long a call waits while another process writes, in milliseconds. Default 10 seconds; then it is `STORE_BUSY`.
   * The event loop goes on meanwhile.
   */
  readonly waitMs?: number
  /** Default the real time. Only waiting uses it. */
  readonly clock?: Clock
}

/**
 * A durable store in one SQLite file, made by the first call that needs it, readable by its owner only. The folder must
 * exist. Several processes of one machine may use one file: commits are compared and set between them, and the newest
 * opening fences off the others. SQLite is loaded with the first call.
 *
 * Beside what {@link Store} says, calls throw `LEASE_HELD`, `STORE_BUSY`, `STORE_DAMAGED`, `STORE_FAILED`, `STORE_FOLDER_MISSING`,
 * `STORE_FULL`, `STORE_NOT_RECOGNISED`, `STORE_NOT_WRITABLE`, `STORE_REPLACED` and `STORE_TOO_NEW`; after disposal
 * `STORE_DISPOSED`. None leaves half a change. The factory throws `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * const engine = createEngine({ store: sqliteStore('/var/lib/mooring/mooring.db') })
 * ```
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  return storeWithJournal(path, options, { journalFor })
}

/** The store, connected in a way of its own. */
export function storeWithJournal(
  path: string,
  { clock = systemClock, waitMs = 10_000, historyEntries = 1000, historyDays }: SqliteStoreOptions,
  connecting: Connecting,
): Store {
  if (path === '') throw invalidOption('path', 'the path of a file', '""')
  if (!(waitMs >= 0)) throw invalidOption('waitMs', 'a number of milliseconds', waitMs)
  if (!Number.isSafeInteger(historyEntries) || historyEntries < 1) {
    throw invalidOption('historyEntries', 'a whole number above 0', historyEntries)
  }
  if (historyDays !== undefined && !(historyDays > 0)) {
    throw invalidOption('historyDays', 'a number of days above 0', historyDays)
  }
  const retention = { entries: historyEntries, days: historyDays ?? Number.POSITIVE_INFINITY }
  return storeOver(accessTo(path, { clock, waitMs, connecting }), path, retention)
}

function storeOver({ read, write, close }: Access, path: string, retention: Retention): Store {
  return {
    name: `sqlite:${path}`,
    supports: { durable: true, files: true, lease: true },

    async open({ signal, installation: asked, reading = false, lease }) {
      const known = reading
        ? await read(signal, async (tables) => asInstallation(readInstallation(tables), asked))
        : undefined
      if (known !== undefined) return known
      return write(signal, async (tables) => {
        const opened = openForWriting(tables, asked, reading)
        if (!reading) takeLease(tables, opened.epoch, lease)
        return opened
      })
    },

    lease: {
      read: ({ signal }) => read(signal, async (tables) => asLease(readLease(tables))),
      renew: ({ signal, epoch }) => write(signal, async (tables) => renewLease(tables, epoch)),
      release: ({ signal, epoch }) => write(signal, async (tables) => releaseLease(tables, epoch)),
    },

    load: (application, { signal }) => read(signal, (tables) => loadState(tables, application)),

    commit: (application, delta, { signal, expected, epoch }) =>
      write(signal, (tables) => commitDelta(tables, application, delta, { expected, epoch, retention })),

    history: (application, { signal, limit, before }) =>
      read(signal, async (tables) => readHistory(tables, application, limit, before)),

    list: ({ signal }) => read(signal, async (tables) => listApplications(tables)),

    remove: (application, { signal, expected, epoch }) =>
      write(signal, async (tables) => removeApplication(tables, application, expected, epoch)),

    [Symbol.asyncDispose]: close,
  }
}

const invalidOption = (name: string, expected: string, given: string | number): MooringError =>
  new MooringError({
    code: 'INVALID_OPTION',
    kind: 'permanent',
    message: `Expected ${name} of sqliteStore to be ${expected}, got ${given}`,
  })
