import { writeSync } from 'node:fs'
import { runStoreProcess, type StoreWork } from '@mooring/core/testing'
import type { Journal } from '../src/connection.ts'
import { storeWithJournal } from '../src/sqlite-store.ts'

// Started by the harness: another process over the same file.
const [, , path = '', work, journal] = process.argv
const store = storeWithJournal(path, { historyEntries: 10_000 }, { journalFor: () => journal as Journal })
await runStoreProcess(store, work as StoreWork, (line) => writeSync(1, `${line}\n`))
