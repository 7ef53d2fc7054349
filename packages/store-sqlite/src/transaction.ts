import type { Connection } from './connection.ts'

/** Runs the work between `begin` and COMMIT. Whatever it throws undoes all of it. */
export async function transaction<Value>(
  connection: Connection,
  begin: string,
  work: () => Promise<Value>,
): Promise<Value> {
  const { database } = connection
  connection.assertSameFile()
  database.exec(begin)
  try {
    connection.assertSameFormat()
    const value = await work()
    database.exec('COMMIT')
    return value
  } catch (thrown) {
    rollBack(connection)
    throw thrown
  }
}

/** SQLite has undone a transaction itself after some errors. A connection that cannot undo is given up. */
function rollBack({ database, lose }: Connection): void {
  if (!database.isTransaction) return
  try {
    database.exec('ROLLBACK')
  } catch {
    lose()
  }
}
