import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  type HistoryEntry,
  type InventoryEntry,
  isMooringError,
  type MooringError,
  type StateDelta,
  type Store,
} from '@mooring/core'
import type { Connecting } from '../src/connection.ts'
import { type SqliteStoreOptions, storeWithJournal } from '../src/sqlite-store.ts'

export const never: { readonly signal: AbortSignal } = { signal: new AbortController().signal }

/** A folder with a store in it, gone when disposed. */
export interface Scene extends AsyncDisposable {
  readonly folder: string
  readonly path: string
  readonly store: Store
  /** Commits on top of what was committed last in this scene. */
  readonly commit: (delta: Partial<StateDelta>, options?: Partial<typeof never>) => Promise<string>
  /** Another store over the same file. */
  readonly another: (options?: SqliteStoreOptions) => Store
}

export async function scene(
  options: SqliteStoreOptions = {},
  connecting: Connecting = { journalFor: () => 'wal' },
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-store-'))
  const path = join(folder, 'mooring.db')
  const stores: Store[] = []
  const another = (given: SqliteStoreOptions = options) => {
    const store = storeWithJournal(path, given, connecting)
    stores.push(store)
    return store
  }
  const store = another()
  let epoch: Promise<number> | undefined
  let expected: string | undefined
  return {
    folder,
    path,
    store,
    another,
    async commit(delta, given = never) {
      epoch ??= store.open(never).then((opened) => opened.epoch)
      const whole = { ...nothing, ...delta }
      expected = await store.commit('app', whole, { ...never, ...given, expected, epoch: await epoch })
      return expected
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((each) => each[Symbol.asyncDispose]()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const nothing: StateDelta = { head: { deletions: [] }, set: [], remove: [], history: [] }

export const entry = (key: string, digest = 'digest'): InventoryEntry => ({
  key,
  label: `Thing ${key}`,
  owned: { uid: `uid of ${key}`, digest, fingerprint: 'f'.repeat(43) },
})

export const historyEntry = (at: number): HistoryEntry => ({
  at,
  cause: 'drift',
  actor: 'engine',
  to: 'r1',
  counts: { created: 0, updated: 1, deleted: 0, replaced: 0, released: 0, failed: 0, held: 0 },
  outcome: 'healed',
  reasons: [],
})

/** The Mooring error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<MooringError> {
  const thrown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isMooringError(thrown)) throw new Error(`Expected a MooringError, got ${String(thrown)}`)
  return thrown
}

/** Looks into the file, beside the store, and gives what a query says. */
export function look(path: string, sql: string): readonly Record<string, unknown>[] {
  const database = new DatabaseSync(path)
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}
