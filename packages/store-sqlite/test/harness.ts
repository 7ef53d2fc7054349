import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@mooring/core'
import type { StoreHarness } from '@mooring/core/testing'
import type { Journal } from '../src/connection.ts'
import { storeWithJournal } from '../src/sqlite-store.ts'

/** A store in a folder of its own, with any number of others over the same file. */
export async function harness(journal: Journal): Promise<StoreHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-store-'))
  const path = join(folder, 'mooring.db')
  const stores: Store[] = []
  const open = () => {
    const store = storeWithJournal(path, {}, () => journal)
    stores.push(store)
    return store
  }
  return {
    store: open(),
    reopen: async () => open(),
    async close() {
      await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
