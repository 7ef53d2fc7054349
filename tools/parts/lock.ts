import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Runs a function while no other process of this machine holds the same file. The lock is the operating system's, taken
 * by SQLite: it ends with its holder, so a holder that died is taken over from at once, and there is no moment at which
 * two processes both believe that they did that.
 */
export async function whileLocked<T>(file: string, waiting: () => void, run: () => Promise<T>): Promise<T> {
  // Only imported when something has to be made: loading it says on stderr that it is experimental.
  const { DatabaseSync } = await import('node:sqlite')
  mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  try {
    for (let said = false; !isTaken(database); said = true) {
      if (!said) waiting()
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    return await run()
  } finally {
    database.close()
  }
}

function isTaken(database: { readonly exec: (sql: string) => void }): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && /locked/.test(error.message)) return false
    throw error
  }
}
