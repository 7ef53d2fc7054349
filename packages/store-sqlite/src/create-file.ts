import { randomUUID } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { codeOf } from './failure.ts'
import { applicationId, migrate } from './schema.ts'

/**
 * Makes the file of a new store, for its owner only. It is written beside its place and linked there in one step: nobody
 * ever meets half a store, and of several processes that make it at once, one wins. Answers when it is on the disk.
 */
export async function createFile(path: string, Database: typeof DatabaseSync): Promise<void> {
  const draft = `${path}.new-${randomUUID()}`
  try {
    await (await open(draft, 'wx', 0o600)).close()
    const database = new Database(draft)
    try {
      database.exec('PRAGMA synchronous = EXTRA')
      database.exec(`PRAGMA application_id = ${applicationId}`)
      migrate(database)
    } finally {
      database.close()
    }
    await link(draft, path).catch((thrown: unknown) => {
      if (codeOf(thrown) !== 'EEXIST') throw thrown
    })
  } finally {
    await rm(draft, { force: true })
    await rm(`${draft}-journal`, { force: true })
  }
  await syncFolder(dirname(path))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
